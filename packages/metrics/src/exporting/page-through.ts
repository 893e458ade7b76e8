import { type ExportRow, rowsAtATime } from './export-table.ts'

/**
 * Reads page after page, each from where the one before it ended, until one is not full.
 *
 * @param readPage - Reads up to {@link rowsAtATime} rows after `last`, the last row of the page before.
 */
export async function* pageThrough(
  readPage: (last: ExportRow | undefined) => Promise<ExportRow[]>,
): AsyncGenerator<ExportRow[], void> {
  let last: ExportRow | undefined
  for (;;) {
    const rows = await readPage(last)
    if (rows.length > 0) yield rows
    if (rows.length < rowsAtATime) return
    last = rows.at(-1)
  }
}
