import { expect, test } from 'vitest'
import { lowestExpected } from './lowest-expected.ts'

test.each([
  // With a mean of 5 none at all comes once in 148 times by chance, with a mean of 6 once in 403 times.
  [[5, 5, 5, 5], 0],
  [[6, 6, 6, 6], 1],
  // The 0.5 % quantiles of Poisson distributions with means of 10 and 50.
  [[10, 10, 10, 10], 3],
  [[50, 50, 50, 50], 33],
  // They varied more than by chance, so the next may as well.
  [[20, 80, 30, 70], 5],
  [[0, 0, 0, 0], 0],
  [[1000, 1000, 1000, 1000], 919],
])('after %j, %d is the least to be expected', (counts, least) => {
  expect(lowestExpected(counts)).toBe(least)
})
