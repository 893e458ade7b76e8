import { expect, test } from 'vitest'
import { wilsonInterval } from './wilson-interval.ts'

// R. G. Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17 (1998), table I,
// method 3.
test.each([
  [81, 263, 0.2553, 0.3662],
  [15, 148, 0.0624, 0.1605],
  [0, 20, 0, 0.1611],
  [1, 29, 0.0061, 0.1718],
])('puts %i of %i between the published %f and %f', (successes, trials, low, high) => {
  const interval = wilsonInterval(successes, trials)
  expect(interval?.low).toBeCloseTo(low, 4)
  expect(interval?.high).toBeCloseTo(high, 4)
})

test('ends exactly at 0 and 1 where nobody or everybody succeeded, and is null without trials', () => {
  expect(wilsonInterval(0, 7)?.low).toBe(0)
  expect(wilsonInterval(7, 7)?.high).toBe(1)
  expect(wilsonInterval(0, 0)).toBeNull()
})
