/** At most one day in two hundred is lower by chance. */
const chance = 0.005

/** The value that Student's distribution with these degrees of freedom exceeds with a probability of `chance`. */
const tQuantiles: Record<number, number> = { 3: 5.841, 4: 4.604, 5: 4.032, 6: 3.707, 7: 3.499 }
/** The same of the normal distribution. */
const normalQuantile = 2.576

/**
 * The lowest count that is still expected after 4 to 8 others of the same weekday: at most once in two hundred times a count is lower by
 * chance. Neither their true mean is known nor how much they vary from week to week, so a drop is below both bounds of docs/numbers.md:
 * the one for counts that vary as if everyone came independently, and the one for counts that vary as much as these did.
 */
export const lowestExpected = (counts: readonly number[]): number =>
  Math.min(lowestOfPoisson(counts), lowestOfSpread(counts))

/**
 * The predictive distribution of a Poisson count after n others whose sum is S, with Jeffreys' prior: negative binomial, with size
 * S + 1/2 and probability n ÷ (n + 1).
 */
const lowestOfPoisson = (counts: readonly number[]): number => {
  const weeks = counts.length
  const size = counts.reduce((sum, count) => sum + count, 0.5)
  const mean = size / weeks
  // Where the normal distribution is close enough, and the sum below would be long.
  if (mean > 200) return Math.ceil(mean - normalQuantile * Math.sqrt(mean * (1 + 1 / weeks)))
  let probability = (weeks / (weeks + 1)) ** size
  let below = probability
  let count = 0
  while (below <= chance) {
    probability *= (count + size) / (count + 1) / (weeks + 1)
    below += probability
    count += 1
  }
  return count
}

/** Student's bound for one more count, from the roots: these vary alike, however large the counts are (Anscombe 1948). */
const lowestOfSpread = (counts: readonly number[]): number => {
  const weeks = counts.length
  const roots = counts.map((count) => Math.sqrt(count + 3 / 8))
  const mean = roots.reduce((sum, root) => sum + root, 0) / weeks
  const variance = roots.reduce((sum, root) => sum + (root - mean) ** 2, 0) / (weeks - 1)
  const quantile = tQuantiles[weeks - 1] ?? Number.POSITIVE_INFINITY
  const low = variance === 0 ? mean : mean - quantile * Math.sqrt(variance * (1 + 1 / weeks))
  // Rounded to a millionth first: the root of a square is not always exact.
  return low <= 0 ? 0 : Math.max(0, Math.ceil(Math.round((low ** 2 - 3 / 8) * 1e6) / 1e6))
}
