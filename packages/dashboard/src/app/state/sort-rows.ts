/** A copy of `rows` in the order of a value; rows without one come last, equal ones keep their order. */
export const sortRows = <Row>(
  rows: readonly Row[],
  sortValue: (row: Row) => string | number | null,
  order: 'asc' | 'desc',
): Row[] =>
  [...rows].sort((left, right) => {
    const [a, b] = [sortValue(left), sortValue(right)]
    if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1
    const compared = typeof a === 'string' ? a.localeCompare(String(b)) : a - Number(b)
    return order === 'asc' ? compared : -compared
  })
