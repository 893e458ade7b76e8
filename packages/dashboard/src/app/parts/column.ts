import type { Place } from '../state/place.ts'

/** What a cell holds, as a program reads it: a number without separators, a moment as ISO 8601, null for nothing. */
export type CellValue = string | number | null

/** One column of a table, for rows of a kind. */
export interface Column<Row> {
  name: string
  /** The heading. */
  label: string
  /** What a cell says. */
  text: (row: Row) => string
  /** What the CSV has in its place. @default what the cell says */
  value?: (row: Row) => CellValue
  /** Of `value`, where its form does not say it: the CSV names it in the heading. */
  unit?: 'ms'
  /** Where a cell leads: to the rows behind its number. Undefined where there are none. */
  to?: (row: Row) => Partial<Place> | undefined
  /** Aligned to the end, with figures of one width. */
  number?: boolean
}

/** What a CSV needs of a column. */
export type CsvColumn<Row> = Pick<Column<Row>, 'label' | 'value' | 'unit'> &
  Partial<Pick<Column<Row>, 'text'>>
