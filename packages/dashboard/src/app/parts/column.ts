/** One column of a table, for rows of a kind. */
export interface Column<Row> {
  name: string
  /** The heading. */
  label: string
  /** What a cell says. */
  text: (row: Row) => string
  /** Aligned to the end, with figures of one width. */
  number?: boolean
}
