import { words } from '../state/words.svelte.ts'
import type { Column } from './column.ts'

/** A column of counts; in the CSV they are numbers, and what is not known is empty. */
export const countColumn = <Row>(
  name: string,
  label: string,
  count: (row: Row) => number | null,
  to?: Column<Row>['to'],
): Column<Row> => ({
  name,
  label,
  text: (row) => words.format.count(count(row)),
  value: count,
  number: true,
  ...(to && { to }),
})
