import { expect, test } from 'vitest'
import { parseRetryAfter } from './retry-after.ts'

const nowMs = Date.parse('2026-02-13T12:00:00Z')

test.each([
  ['0', 0],
  ['7', 7000],
  [' 120 ', 120_000],
  ['Fri, 13 Feb 2026 12:01:00 GMT', 60_000],
  ['Friday, 13-Feb-26 12:01:00 GMT', 60_000],
  ['Fri, 13 Feb 2026 11:00:00 GMT', 0],
])('"%s" is %i ms', (header, expected) => {
  expect(parseRetryAfter(header, nowMs)).toBe(expected)
})

test.each([null, '', '-3', '1.5', 'soon', '2026-02-13', '99999999999', 'Fri, 99 Feb 2026 12:00:00 GMT'])(
  '"%s" says nothing',
  (header) => {
    expect(parseRetryAfter(header, nowMs)).toBeUndefined()
  },
)
