import { expect, test } from 'vitest'
import { bucketDays } from './day-buckets.ts'
import { shiftDay } from './days.ts'

const rowsFrom = (day: string, count: number) =>
  Array.from({ length: count }, (_row, index) => ({
    day: shiftDay(day, index),
    scans: index === 1 ? null : 1,
  }))

test('Up to 120 days are a bar each', () => {
  const buckets = bucketDays(rowsFrom('2026-01-01', 120), ['scans'])
  expect(buckets).toHaveLength(120)
  expect(buckets[1]).toEqual({ from: '2026-01-02', to: '2026-01-02', scans: null })
})

test('121 days are weeks from Monday to Sunday, the first and the last as far as the range goes, and lose no count', () => {
  // A Thursday.
  const buckets = bucketDays(rowsFrom('2026-01-01', 121), ['scans'])
  expect(buckets.slice(0, 2)).toEqual([
    { from: '2026-01-01', to: '2026-01-04', scans: 3 },
    { from: '2026-01-05', to: '2026-01-11', scans: 7 },
  ])
  expect(buckets.at(-1)).toEqual({ from: '2026-04-27', to: '2026-05-01', scans: 5 })
  expect(buckets.reduce((sum, { scans }) => sum + (scans ?? 0), 0)).toBe(120)
})
