import { toCsv } from '../http/to-csv.ts'
import type { ExportRow } from './export-table.ts'

/** Writes rows as CSV, in the form of the routes' responses, with one header. */
export const writeCsv = async (
  batches: AsyncIterable<ExportRow[]>,
  columns: readonly string[],
  write: (text: string) => Promise<void>,
): Promise<void> => {
  let hasHeader = true
  for await (const rows of batches) {
    await write(toCsv(rows, columns, { hasHeader }))
    hasHeader = false
  }
  if (hasHeader) await write(toCsv([], columns))
}
