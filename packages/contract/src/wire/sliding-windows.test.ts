import { expect, test } from 'vitest'
import { createSlidingWindows } from './sliding-windows.ts'

const start = (max: number, timeWindowMs = 60_000) => {
  const clock = { nowMs: 1_000_000 }
  return { clock, windows: createSlidingWindows({ max, timeWindowMs }, () => clock.nowMs) }
}

const allowedOf = ({ take }: { take(name: string): { isAllowed: boolean } }, tries: number): number =>
  Array.from({ length: tries }, () => take('a')).filter(({ isAllowed }) => isAllowed).length

test('across the edge of a window no more than the limit passes', () => {
  const { clock, windows } = start(300)
  expect(windows.take('a').isAllowed).toBe(true)
  clock.nowMs += 59_900
  expect(allowedOf(windows, 1000)).toBe(299)
  clock.nowMs += 200
  expect(allowedOf(windows, 1000)).toBeLessThanOrEqual(1)
})

test('retryAfterMs ends exactly when one more passes, not a millisecond later', () => {
  const { clock, windows } = start(300)
  allowedOf(windows, 300)
  clock.nowMs += 14_500
  const { isAllowed, retryAfterMs } = windows.take('a')
  expect([isAllowed, retryAfterMs]).toEqual([false, 45_700])
  clock.nowMs += retryAfterMs - 10
  expect(windows.take('a').isAllowed).toBe(false)
  clock.nowMs += 10
  expect(allowedOf(windows, 10)).toBe(1)
})

test('a steady pace at the limit passes for ever', () => {
  const { clock, windows } = start(60)
  let allowed = 0
  for (let second = 0; second < 600; second += 1) {
    if (windows.take('a').isAllowed) allowed += 1
    clock.nowMs += 1000
  }
  expect(allowed).toBeGreaterThanOrEqual(590)
})

test('amounts are counted together, and what is refused is not counted', () => {
  const { windows } = start(1000)
  expect(windows.take('a', 600).isAllowed).toBe(true)
  expect(windows.take('a', 401).isAllowed).toBe(false)
  expect(windows.take('a', 400).isAllowed).toBe(true)
})

test('20,000 other names reset nobody’s count, and those beyond 10,000 share one', () => {
  const { clock, windows } = start(1)
  for (let name = 0; name < 20_000; name += 1) windows.take(`name-${name}`)
  expect(windows.take('name-0').isAllowed).toBe(false)
  expect(windows.take('name-9998').isAllowed).toBe(false)
  expect(windows.take('one more').isAllowed).toBe(false)
  clock.nowMs += 120_000
  expect(windows.take('another').isAllowed).toBe(true)
  expect(windows.take('and another').isAllowed).toBe(true)
})

test('counting goes on when the clock goes back', () => {
  const { clock, windows } = start(2)
  allowedOf(windows, 2)
  clock.nowMs -= 3_600_000
  expect(windows.take('a').isAllowed).toBe(false)
})
