import { type BenchmarkRow, type Figures, type Samples, samplesOf } from './samples.ts'

/** Every figure of every competitor: the median, followed by the lowest and the highest. */
export const printFigures = (title: string, results: ReadonlyMap<string, readonly Figures[]>): void => {
  const figures = [...new Set([...results.values()].flatMap((rounds) => rounds.flatMap(Object.keys)))]
  const lines = [...results].map(([competitor, rounds]) => [
    competitor,
    ...figures.map((figure) => withSpread(samplesOf(competitor, figure, rounds))),
  ])
  print(`\n${title}`)
  printAligned([['', ...figures], ...lines])
}

/** The targets: the measured figure against the baseline, the ratio, and whether the target is met. */
export const printRows = (rows: readonly BenchmarkRow[]): void => {
  if (rows.length === 0) return
  print('')
  printAligned([
    ['what', 'measured', 'against', 'ratio', 'target', ''],
    ...rows.map((row) => [
      row.name,
      `${short(row.of.median)} ${row.figure}`,
      `${short(row.against.median)} (${row.against.competitor})`,
      row.by === 'difference'
        ? `${signed(row.difference)} (${row.ratio.toFixed(2)} ×)`
        : `${row.ratio.toFixed(2)} ×`,
      targetOf(row),
      row.pass ? 'pass' : 'MISS',
    ]),
  ])
}

const targetOf = ({ bound, target, by }: BenchmarkRow): string =>
  `${bound === 'at least' ? '≥' : '≤'} ${{ ratio: `${target} ×`, difference: signed(target), figure: short(target) }[by]}`

const withSpread = ({ median, min, max }: Samples): string =>
  Number.isNaN(median) ? '-' : `${short(median)} (${short(min)}-${short(max)})`

const short = (value: number): string => {
  if (Number.isInteger(value) || Math.abs(value) >= 1000) return Math.round(value).toString()
  return value.toFixed(Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 1 ? 1 : 3)
}

const signed = (value: number): string => `${value < 0 ? '' : '+'}${short(value)}`

const printAligned = (table: readonly (readonly string[])[]): void => {
  const widths = (table[0] ?? []).map((_, column) =>
    Math.max(...table.map((row) => row[column]?.length ?? 0)),
  )
  for (const row of table) {
    print(`  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd())
  }
}

const print = (line: string): void => {
  process.stdout.write(`${line}\n`)
}
