import { expect, test } from 'vitest'
import { meanOf, pooledRate, posteriorOf, probabilitiesOfBest } from './compare-rates.ts'

// Expected: SciPy 1.17, integrate.quad(lambda x: beta.pdf(x, a1, b1) * beta.cdf(x, a2, b2), 0, 1). The first is 17/70.
test.each([
  [{ a: 2, b: 3 }, { a: 3, b: 2 }, 17 / 70],
  [{ a: 31, b: 71 }, { a: 21, b: 81 }, 0.9476031033523695],
  [{ a: 120, b: 80 }, { a: 100, b: 100 }, 0.9781294999934652],
  [{ a: 6, b: 96 }, { a: 300, b: 1700 }, 0.0016862061691199028],
  [{ a: 1, b: 1 }, { a: 1, b: 1 }, 0.5],
  // Hardly any successes, and hardly any failures: over the log odds, with mpmath 1.3.
  [{ a: 0.125, b: 40 }, { a: 0.125, b: 12 }, 0.434933110174],
  [{ a: 30, b: 0.2 }, { a: 21, b: 0.2 }, 0.528845229233],
])('puts %o above %o with probability %f', (rate, other, expected) => {
  const [above, below] = probabilitiesOfBest([rate, other])
  expect(above).toBeCloseTo(expected, 4)
  expect(below).toBeCloseTo(1 - expected, 4)
})

// Likewise, with the product of the other distributions' cdf.
test.each([
  [
    [31, 71, 21, 81, 26, 76],
    [0.7624602863283553, 0.031281859393947176, 0.20625785427769727],
  ],
  [
    [5, 20, 50, 150, 9, 41, 100, 300],
    [0.19915063674842892, 0.3735597976599038, 0.0673773617617635, 0.35991220382990363],
  ],
])('says for %o how probable it is that each is the best', (parameters, expected) => {
  const rates = expected.map((_, index) => ({
    a: parameters[2 * index] ?? Number.NaN,
    b: parameters[2 * index + 1] ?? Number.NaN,
  }))
  const probabilities = probabilitiesOfBest(rates)
  probabilities.forEach((probability, index) => {
    expect(probability).toBeCloseTo(expected[index] ?? Number.NaN, 4)
  })
  expect(probabilities.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 4)
})

// ∫ f (1 − (1−x)^n), where B(a, b+n) ÷ B(a, b) is what is subtracted, is a product for a whole n.
test.each([
  [0.125, 50, 30],
  [0.02, 20, 25],
  [0.0001, 100_000, 3000],
  [0.6, 300, 2],
])(
  'compares a rate with hardly any successes, a = %f and b = %d, with one that failed %d times',
  (a, b, failed) => {
    const factors = Array.from({ length: failed }, (_, index) => (b + index) / (a + b + index))
    const expected = 1 - factors.reduce((product, factor) => product * factor, 1)
    const [above] = probabilitiesOfBest([
      { a, b },
      { a: 1, b: failed },
    ])
    expect(above).toBeCloseTo(expected, 4)
  },
)

test('stays a probability far from the middle, with hardly any successes and with very many trials', () => {
  const rates = [
    { a: 0.02, b: 40 },
    { a: 60_000, b: 40_000 },
    { a: 59_000, b: 41_000 },
  ]
  const probabilities = probabilitiesOfBest(rates)
  expect(probabilities[0]).toBeCloseTo(0, 6)
  expect(probabilities[1]).toBeGreaterThan(0.999)
  expect(probabilities.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 3)
})

test('shrinks the rate of few trials towards the rate of all', () => {
  const few = { successes: 4, trials: 5 }
  const many = { successes: 300, trials: 1000 }
  const pooled = pooledRate([few, many])
  expect(pooled).toBeCloseTo(304.5 / 1006, 12)
  expect(meanOf(posteriorOf(few, pooled))).toBeCloseTo((4 + 20 * pooled) / 25, 12)
  expect(meanOf(posteriorOf(many, pooled))).toBeCloseTo(0.3, 3)
})
