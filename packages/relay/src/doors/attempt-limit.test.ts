import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createAttemptLimit } from './attempt-limit.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

test('the 11th attempt of a minute waits for its end, and those of another address do not', () => {
  const limit = createAttemptLimit({ maxAttempts: 10, windowMs: 60_000, maxAddresses: 100 })
  for (let attempt = 0; attempt < 10; attempt += 1) expect(limit.note('a')).toBe(0)
  vi.advanceTimersByTime(20_000)
  expect(limit.note('a')).toBe(40_000)
  expect(limit.note('b')).toBe(0)
  vi.advanceTimersByTime(40_000)
  expect(limit.note('a')).toBe(0)
})

test('a crowd of 1,000 addresses resets nobody, and shares one count once there is no place left', () => {
  const limit = createAttemptLimit({ maxAttempts: 10, windowMs: 60_000, maxAddresses: 100 })
  for (let attempt = 0; attempt < 11; attempt += 1) limit.note('a')
  const waits = Array.from({ length: 1000 }, (_, index) => limit.note(`crowd-${index}`))
  expect(waits.filter((waitMs) => waitMs === 0)).toHaveLength(99 + 10)
  expect(limit.note('a')).toBeGreaterThan(0)
})
