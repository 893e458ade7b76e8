import { stringify } from 'csv-stringify/sync'

/**
 * Rows as CSV with a header line. A cell that a spreadsheet would take for a formula is preceded by an
 * apostrophe; null is an empty cell; the value of a metric or ratio stands for it.
 */
export const toCsv = (rows: readonly object[], columns: readonly string[]): string =>
  stringify(
    rows.map((row) => columns.map((column) => plainValue((row as Record<string, unknown>)[column]))),
    { header: true, columns: [...columns], escape_formulas: true, cast: { boolean: String } },
  )

const plainValue = (cell: unknown): unknown =>
  typeof cell === 'object' && cell !== null && 'value' in cell ? cell.value : cell

/** Whether an `Accept` header prefers CSV to JSON (RFC 9110 §12.5.1). */
export const prefersCsv = (accept: string | undefined): boolean =>
  weightOf('text/csv', accept) > weightOf('application/json', accept)

const weightOf = (type: string, accept = ''): number => {
  const ranges = accept.split(',').map((range) => {
    const [name = '', ...parameters] = range.split(';').map((text) => text.trim().toLowerCase())
    const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2)
    return { name, weight: weight === undefined ? 1 : Number(weight) }
  })
  // The most specific range decides.
  const names = [type, `${type.split('/')[0]}/*`, '*/*']
  const range = names.map((name) => ranges.find((known) => known.name === name)).find(Boolean)
  return range?.weight || 0
}
