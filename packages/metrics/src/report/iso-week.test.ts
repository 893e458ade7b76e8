import { expect, test } from 'vitest'
import { lastWholeWeek, parseWeek, weekOf } from './iso-week.ts'

test.each([
  ['2026-11-16', '2026-W47', '2026-11-16', '2026-11-22'],
  ['2026-11-22', '2026-W47', '2026-11-16', '2026-11-22'],
  // The years that begin and end within a week.
  ['2027-01-03', '2026-W53', '2026-12-28', '2027-01-03'],
  ['2025-12-29', '2026-W01', '2025-12-29', '2026-01-04'],
  ['2024-12-31', '2025-W01', '2024-12-30', '2025-01-05'],
])('%s is in %s, from %s to %s', (day, name, from, to) => {
  expect(weekOf(day)).toEqual({ name, window: { from, to } })
  expect(parseWeek(name)).toEqual({ name, window: { from, to } })
})

test.each(['2025-W53', '2026-W00', '2026-W54', '2026-47', '2026-W7', 'last', ''])(
  '%s is not a week',
  (name) => {
    expect(() => parseWeek(name)).toThrow(/Failed to read the week: Expected a week of the calendar, such as/)
  },
)

test('the last whole week ends on the Sunday before today', () => {
  expect(lastWholeWeek(Date.parse('2026-11-29T23:59:59Z')).name).toBe('2026-W47')
  expect(lastWholeWeek(Date.parse('2026-11-30T00:00:00Z')).name).toBe('2026-W48')
})
