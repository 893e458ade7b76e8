import { expect, test } from 'vitest'
import { lowestExpected } from './lowest-expected.ts'

test.each([
  [[0, 0, 0, 0], 0],
  // After four weeks of 5 each none at all comes once in 97 times by chance, after four of 6 once in 237 times.
  [[5, 5, 5, 5], 0],
  [[6, 6, 6, 6], 1],
  // The 0.5 % quantiles of negative binomial distributions with the sizes 40.5 and 400.5, and the probabilities 4/5 and 8/9.
  [[10, 10, 10, 10], 2],
  [[50, 50, 50, 50, 50, 50, 50, 50], 32],
  [[1000, 1000, 1000, 1000], 910],
  // They varied more than by chance, so the next may as well.
  [[20, 80, 30, 70], 0],
  [[40, 60, 45, 55, 40, 60, 45, 55], 24],
])('after %j, %d is the lowest count to expect', (counts, least) => {
  expect(lowestExpected(counts)).toBe(least)
})

test.each([
  ['as if everyone came independently', 1],
  ['with twice that variance', 2],
  ['with four times that variance', 4],
])(
  'where nothing has dropped, and counts vary %s, fewer than one day in a hundred counts as a drop',
  (_, dispersion) => {
    const random = createRandom(dispersion)
    const histories = 2000
    for (const weeks of [4, 8]) {
      for (const mean of [6, 20, 150]) {
        const rate = mean / (dispersion - 1)
        const draw = () => poisson(random, dispersion === 1 ? mean : gamma(random, rate) * (dispersion - 1))
        let drops = 0
        for (let history = 0; history < histories; history += 1) {
          const counts = Array.from({ length: weeks }, draw)
          if (draw() < lowestExpected(counts)) drops += 1
        }
        // The bound is one in 200; this many histories show no more than this.
        expect(drops / histories, `${weeks} weeks of ${mean}`).toBeLessThan(0.01)
      }
    }
  },
)

test('a channel that brings a third of what it brought is noticed', () => {
  const random = createRandom(5)
  let noticed = 0
  for (let history = 0; history < 200; history += 1) {
    const counts = Array.from({ length: 8 }, () => poisson(random, 50))
    if (poisson(random, 15) < lowestExpected(counts)) noticed += 1
  }
  expect(noticed).toBeGreaterThan(180)
})

/** Numbers from 0 to 1 that are the same in every run (mulberry32). */
const createRandom = (seed: number) => {
  let state = seed
  return (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

type Random = () => number

/** Knuth's method; the halves of a large mean are drawn separately. */
const poisson = (random: Random, mean: number): number => {
  if (mean > 30) return poisson(random, mean / 2) + poisson(random, mean / 2)
  const limit = Math.exp(-mean)
  let count = 0
  for (let product = 1 - random(); product > limit; product *= 1 - random()) count += 1
  return count
}

/** The method of Marsaglia and Tsang (2000), for a shape of at least 1. */
const gamma = (random: Random, shape: number): number => {
  const [d, c] = [shape - 1 / 3, 1 / Math.sqrt(9 * (shape - 1 / 3))]
  for (;;) {
    const x = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
    const v = (1 + c * x) ** 3
    if (v > 0 && Math.log(1 - random()) < x ** 2 / 2 + d - d * v + d * Math.log(v)) return d * v
  }
}
