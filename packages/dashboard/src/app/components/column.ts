import type { Place } from '../state/place.ts'

/** What a cell holds, as a program reads it: a number without separators, a moment as ISO 8601, null for nothing. */
export type CellValue = string | number | null

/** One column of a table of rows. */
export interface Column<Row> {
  name: string
  /** The heading. */
  label: string
  /** The text of a cell. */
  text: (row: Row) => string
  /** The value in the CSV. @default the text of the cell */
  value?: (row: Row) => CellValue
  /** The unit of `value`, where its form does not say it: the CSV names it in the heading. */
  unit?: 'ms'
  /** What a cell links to: the rows behind its number. Undefined where there are none. */
  to?: (row: Row) => Partial<Place> | undefined
  /** Aligned to the end, with figures of one width. */
  number?: boolean
}

/** The part of a column that a CSV needs. */
export type CsvColumn<Row> = Pick<Column<Row>, 'label' | 'value' | 'unit'> &
  Partial<Pick<Column<Row>, 'text'>>
