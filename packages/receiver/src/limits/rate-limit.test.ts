import { expect, test, vi } from 'vitest'
import { createRateLimit } from './rate-limit.ts'

test('leaves a Redis that has failed alone for a second', async () => {
  let nowMs = 0
  const evaluate = vi.fn().mockRejectedValueOnce(new Error('away')).mockResolvedValue([0, 100])
  const limit = createRateLimit({ max: 5, timeWindowMs: 60_000, redis: { eval: evaluate } }, () => nowMs)
  expect(await limit.take('a')).toMatchObject({ isAllowed: true })
  nowMs = 999
  expect(await limit.take('a')).toMatchObject({ isAllowed: true })
  expect(evaluate).toHaveBeenCalledTimes(1)
  nowMs = 1000
  expect(await limit.take('a')).toEqual({ isAllowed: false, retryAfterMs: 100 })
})
