import { stringify } from 'csv-stringify/sync'
import Negotiator from 'negotiator'

/**
 * Rows as CSV with a header line. A cell that a spreadsheet would take for a formula is preceded by an
 * apostrophe; null is an empty cell; a metric or ratio is written as its value.
 */
export const toCsv = (
  rows: readonly object[],
  columns: readonly string[],
  { hasHeader = true }: { hasHeader?: boolean } = {},
): string =>
  stringify(
    rows.map((row) => columns.map((column) => plainValue((row as Record<string, unknown>)[column]))),
    { header: hasHeader, columns: [...columns], escape_formulas: true, cast: { boolean: String } },
  )

const plainValue = (cell: unknown): unknown =>
  typeof cell === 'object' && cell !== null && 'value' in cell ? cell.value : cell

/** Whether an `Accept` header prefers CSV to JSON (RFC 9110 §12.5.1). */
export const prefersCsv = (accept: string | undefined): boolean =>
  new Negotiator({ headers: { accept } }).mediaType(['application/json', 'text/csv']) === 'text/csv'
