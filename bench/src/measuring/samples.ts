/** The figures of a competitor in one round, by name: `{ 'requests/s': 6200, 'p99 ms': 14 }`. */
export type Figures = Readonly<Record<string, number>>

/** The rounds of one figure. */
export interface Samples {
  competitor: string
  median: number
  min: number
  max: number
  rounds: readonly number[]
}

/** One line of the table, and one element of what `--json` writes. */
export interface BenchmarkRow {
  name: string
  /** The median of the rounds' ratios: it compares what ran side by side, so other load on the machine matters little. */
  ratio: number
  /** The median of the rounds' differences; decides when `by` is `difference`. */
  difference: number
  /** `figure`: the median of the measured figure alone decides. */
  by: 'ratio' | 'difference' | 'figure'
  target: number
  bound: 'at least' | 'at most'
  pass: boolean
  figure: string
  of: Samples
  against: Samples
}

export const medianOf = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

export const samplesOf = (competitor: string, figure: string, rounds: readonly Figures[]): Samples => {
  const values = rounds.map((figures) => figures[figure] ?? Number.NaN)
  return {
    competitor,
    median: medianOf(values),
    min: Math.min(...values),
    max: Math.max(...values),
    rounds: values,
  }
}
