import { expect, test } from 'vitest'
import { limitGaps } from './limit-gaps.ts'

const hour = (at: number): string => new Date(Date.UTC(2026, 1, 13) + at * 3_600_000).toISOString()
const gap = (at: number, events: number) => ({ from: hour(at), to: hour(at + 1), events })

test('names as many gaps as there are when a proof has room for them', () => {
  expect(limitGaps([gap(3, 1), gap(1, 2), gap(2, 3)], 3)).toEqual([gap(1, 2), gap(2, 3), gap(3, 1)])
})

test('makes one of hours that follow each other, then of the nearest, and loses no event and no hour', () => {
  const gaps = [gap(0, 1), gap(1, 2), gap(10, 4), gap(12, 8), gap(100, 16)]
  expect(limitGaps(gaps, 3)).toEqual([
    { from: hour(0), to: hour(2), events: 3 },
    { from: hour(10), to: hour(13), events: 12 },
    gap(100, 16),
  ])
})

test('300 hours, every second of which has a gap, are 100 gaps with all events', () => {
  const limited = limitGaps(Array.from({ length: 300 }, (_, at) => gap(at * 2, 1)))
  expect(limited).toHaveLength(100)
  expect(limited.reduce((sum, { events }) => sum + events, 0)).toBe(300)
  expect([limited[0]?.from, limited.at(-1)?.to]).toEqual([hour(0), hour(599)])
})
