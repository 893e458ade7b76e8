import type { Place } from '../state/place.ts'

/** One column of a table, for rows of a kind. */
export interface Column<Row> {
  name: string
  /** The heading. */
  label: string
  /** What a cell says. */
  text: (row: Row) => string
  /** Where a cell leads: to the rows behind its number. Undefined where there are none. */
  to?: (row: Row) => Partial<Place> | undefined
  /** Aligned to the end, with figures of one width. */
  number?: boolean
}
