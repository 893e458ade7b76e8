import { expect, test } from 'vitest'
import { addDays, countDays, isDay, subtractMonths } from './days.ts'

test.each([
  ['2026-02-13', 24, '2024-02-13'],
  ['2026-03-31', 1, '2026-02-28'],
  ['2024-02-29', 12, '2023-02-28'],
  ['2026-01-15', 2, '2025-11-15'],
])('%s minus %i months is %s', (day, months, expected) => {
  expect(subtractMonths(day, months)).toBe(expected)
})

test('counts both ends of a range, over months and leap days', () => {
  expect(countDays('2024-02-28', '2024-03-01')).toBe(3)
  expect(addDays('2024-02-28', 2)).toBe('2024-03-01')
  expect(addDays('2026-01-01', -1)).toBe('2025-12-31')
})

test.each(['2026-02-30', '2026-13-01', '2025-02-29', '2026-2-1', '2026-02-01T00:00:00Z', 'today', ''])(
  'does not take "%s" for a day',
  (text) => {
    expect(isDay(text)).toBe(false)
  },
)
