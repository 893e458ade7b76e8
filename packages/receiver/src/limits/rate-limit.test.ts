import { expect, test, vi } from 'vitest'
import { createRateLimit } from './rate-limit.ts'

test('leaves a failed Redis alone for a second, and lets one request ask whether it is back', async () => {
  let nowMs = 0
  const away = new Error('away')
  const evaluate = vi.fn().mockRejectedValueOnce(away).mockRejectedValueOnce(away).mockResolvedValue([0, 100])
  const limit = createRateLimit({ max: 5, timeWindowMs: 60_000, redis: { eval: evaluate } }, () => nowMs)
  expect(await limit.take('a')).toMatchObject({ isAllowed: true })
  nowMs = 999
  expect(await limit.take('a')).toMatchObject({ isAllowed: true })
  expect(evaluate).toHaveBeenCalledTimes(1)
  nowMs = 1000
  const together = await Promise.all([limit.take('a'), limit.take('a'), limit.take('a')])
  expect(together.every(({ isAllowed }) => isAllowed)).toBe(true)
  expect(evaluate).toHaveBeenCalledTimes(2)
  nowMs = 2000
  const refused = { isAllowed: false, retryAfterMs: 100 }
  expect(await limit.take('a')).toEqual(refused)
  expect(await Promise.all([limit.take('a'), limit.take('a')])).toEqual([refused, refused])
})
