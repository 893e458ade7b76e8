import { expect, test } from 'vitest'
import { prefersCsv, toCsv } from './to-csv.ts'

test.each([
  [undefined, false],
  ['*/*', false],
  ['application/json', false],
  ['text/csv', true],
  ['Text/CSV', true],
  ['text/csv, application/json', true],
  ['application/json, text/csv', false],
  ['text/csv, application/json;q=0.9', true],
  ['text/csv;q=0.2, */*;q=0.1', true],
  ['text/csv;q=0', false],
  ['text/html, text/*;q=0.5', true],
])('Accept: %s asks for CSV: %s', (accept, expected) => {
  expect(prefersCsv(accept)).toBe(expected)
})

test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1'])('defuses the cell %j', (cell) => {
  expect(toCsv([{ cell }], ['cell'])).toMatch(/^cell\n"?'/)
})

test('writes numbers as they are, null as nothing, and a ratio as its value', () => {
  const rows = [{ a: 0.5, b: null, c: { value: 2, reason: null }, d: { value: null, reason: 'no_scans' } }]
  expect(toCsv(rows, ['a', 'b', 'c', 'd'])).toBe('a,b,c,d\n0.5,,2,\n')
})
