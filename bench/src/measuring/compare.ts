import { printFigures, printRows } from './print-tables.ts'
import { type BenchmarkRow, type Figures, medianOf, type Samples, samplesOf } from './samples.ts'

export interface Competitor {
  name: string
  /** One round. The caller stops what was set up before the first round. */
  run(): Promise<Figures>
}

/** A promise about one figure of one competitor, in relation to the same figure of another. */
export interface Target {
  /** As in the last table of the README. */
  name: string
  figure: string
  of: string
  /** Of several competitors, the one with the best median counts. */
  against: string | readonly string[]
  /** `difference` compares `of - against`, in the figure's unit; `figure` is `of` alone. @default 'ratio' */
  by?: BenchmarkRow['by']
  /** Either this or `atMost`. */
  atLeast?: number
  atMost?: number
}

export interface ComparisonOptions {
  title: string
  competitors: readonly Competitor[]
  targets: readonly Target[]
  /** At least 3. @default 3 */
  rounds?: number
}

/**
 * Runs the competitors one after the other, each round in the reverse order of the last, so that a noisy minute of the
 * machine affects all of them; then prints every figure and judges the targets.
 */
export const compare = async ({
  title,
  competitors,
  targets,
  rounds = 3,
}: ComparisonOptions): Promise<BenchmarkRow[]> => {
  if (rounds < 3) throw new RangeError(`Failed to compare: ${rounds} rounds. Use 3 or more.`)
  const results = new Map<string, Figures[]>(competitors.map(({ name }) => [name, []]))
  for (let round = 1; round <= rounds; round += 1) {
    for (const { name, run } of round % 2 === 1 ? competitors : competitors.toReversed()) {
      process.stderr.write(`  ${title}, round ${round} of ${rounds}: ${name}\n`)
      results.get(name)?.push(await run())
    }
  }
  const rows = targets.map((target) => judge(target, results))
  printFigures(title, results)
  printRows(rows)
  return rows
}

const judge = (target: Target, results: ReadonlyMap<string, readonly Figures[]>): BenchmarkRow => {
  const { name, figure, by = 'ratio', atLeast, atMost } = target
  const samples = (competitor: string): Samples =>
    samplesOf(competitor, figure, results.get(competitor) ?? [])
  const isAtLeast = atLeast !== undefined
  const of = samples(target.of)
  const [against] = [target.against]
    .flat()
    .map(samples)
    .toSorted((a, b) => (isAtLeast ? b.median - a.median : a.median - b.median))
  if (against === undefined) throw new RangeError(`Failed to judge "${name}": it names no baseline.`)

  const pairs = of.rounds.map((value, round) => [value, against.rounds[round] ?? Number.NaN] as const)
  const ratio = medianOf(pairs.map(([value, baseline]) => (value === baseline ? 1 : value / baseline)))
  const difference = medianOf(pairs.map(([value, baseline]) => value - baseline))
  const decisive = { ratio, difference, figure: of.median }[by]
  const bound = isAtLeast ? 'at least' : 'at most'
  const limit = atLeast ?? atMost ?? Number.NaN
  const pass = isAtLeast ? decisive >= limit : decisive <= limit
  return { name, ratio, difference, by, target: limit, bound, pass, figure, of, against }
}
