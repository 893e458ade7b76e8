/** One day in two hundred is lower by chance. */
const chance = 0.005

/**
 * The smallest count that is still to be expected after these: what is smaller comes by chance once in two hundred times. Counts
 * vary at least as much as if everyone came independently (Poisson), and more where those before did (negative binomial with
 * their variance).
 */
export const lowestExpected = (counts: readonly number[]): number => {
  const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length
  const squares = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0)
  const variance = Math.max(mean, counts.length > 1 ? squares / (counts.length - 1) : 0)
  // Its 0.5 % quantile of the normal distribution, where that is close enough and the sum below would be long.
  if (mean > 200) return Math.max(0, Math.ceil(mean - 2.576 * Math.sqrt(variance)))
  let probability = probabilityOfNone(mean, variance)
  let below = probability
  let count = 0
  while (below <= chance) {
    probability *= ratioToNext(count, mean, variance)
    below += probability
    count += 1
  }
  return count
}

const isPoisson = (mean: number, variance: number): boolean => variance - mean < 1e-9

/** The size of the negative binomial distribution. */
const sizeOf = (mean: number, variance: number): number => mean ** 2 / (variance - mean)

const probabilityOfNone = (mean: number, variance: number): number =>
  isPoisson(mean, variance) ? Math.exp(-mean) : (mean / variance) ** sizeOf(mean, variance)

const ratioToNext = (count: number, mean: number, variance: number): number =>
  isPoisson(mean, variance)
    ? mean / (count + 1)
    : ((count + sizeOf(mean, variance)) / (count + 1)) * (1 - mean / variance)
