import { expect, it, vi } from 'vitest'
import { createRateLimit } from './rate-limit.ts'

it('counts each name for itself, and starts again when the window is over', () => {
  let nowMs = 1000
  const limit = createRateLimit({ max: 1, timeWindowMs: 500 }, () => nowMs)
  expect(limit.take('a')).toEqual({ isAllowed: true, retryAfterMs: 500 })
  nowMs = 1200
  expect(limit.take('a')).toEqual({ isAllowed: false, retryAfterMs: 300 })
  expect(limit.take('b')).toEqual({ isAllowed: true, retryAfterMs: 500 })
  nowMs = 1500
  expect(limit.take('a')).toEqual({ isAllowed: true, retryAfterMs: 500 })
})

it('remembers 10,000 names and forgets the oldest beyond that', () => {
  const limit = createRateLimit({ max: 1, timeWindowMs: 500 }, () => 0)
  for (let n = 0; n < 10_000; n += 1) limit.take(`name-${n}`)
  expect(limit.take('name-0')).toMatchObject({ isAllowed: false })
  limit.take('one more')
  expect(limit.take('name-1')).toMatchObject({ isAllowed: false })
  expect(limit.take('name-0')).toMatchObject({ isAllowed: true })
})

it('leaves a Redis that has failed alone for a second', async () => {
  let nowMs = 0
  const evaluate = vi.fn().mockRejectedValueOnce(new Error('away')).mockResolvedValue([7, 100])
  const limit = createRateLimit({ max: 5, timeWindowMs: 60_000, redis: { eval: evaluate } }, () => nowMs)
  expect(await limit.take('a')).toMatchObject({ isAllowed: true })
  nowMs = 999
  expect(await limit.take('a')).toMatchObject({ isAllowed: true })
  expect(evaluate).toHaveBeenCalledTimes(1)
  nowMs = 1000
  expect(await limit.take('a')).toEqual({ isAllowed: false, retryAfterMs: 100 })
})
