/** Successes of trials. */
export interface Trials {
  successes: number
  trials: number
}

/** What is believed of a rate: a beta distribution. */
export interface Beta {
  a: number
  b: number
}

/** The prior counts as much as so many trials at the rate of all together. */
export const priorTrials = 20

/** The rate of all together, never exactly 0 or 1, from which a prior can be made. */
export const pooledRate = (all: readonly Trials[]): number => {
  const sum = (name: keyof Trials) => all.reduce((total, trials) => total + trials[name], 0)
  return (sum('successes') + 0.5) / (sum('trials') + 1)
}

/** The beta-binomial posterior: what was observed, beside {@link priorTrials} at the pooled rate. */
export const posteriorOf = ({ successes, trials }: Trials, pooled: number): Beta => ({
  a: successes + priorTrials * pooled,
  b: trials - successes + priorTrials * (1 - pooled),
})

/** The posterior's mean: the observed rate, shrunk towards the pooled one. */
export const meanOf = ({ a, b }: Beta): number => a / (a + b)

/**
 * For each of independent beta distributions the probability that it is the largest: ∫ fᵢ ∏ Fⱼ. On the scale of the log
 * odds, where the densities are smooth, by the trapezoidal rule over points that are dense where any density is.
 */
export const probabilitiesOfBest = (rates: readonly Beta[]): number[] => {
  const points = [...new Set(rates.flatMap(pointsOf))].sort((left, right) => left - right)
  // −ln x of log odds t, with x = 1/(1+e^−t): the same for every rate, and −ln(1−x) is t more.
  const minusLogs = points.map((t) => Math.log1p(Math.exp(-t)))
  const densities = rates.map((rate) => densityOver(points, minusLogs, rate))
  const cumulative = densities.map((density) => cumulate(points, density))
  const allBelow = points.map((_, at) => cumulative.reduce((product, below) => product * (below[at] ?? 0), 1))
  return densities.map((density, index) => {
    const own = cumulative[index] ?? []
    // Where nothing of it lies below, nothing of it lies there either.
    const othersBelow = (at: number) => ((own[at] ?? 0) === 0 ? 0 : (allBelow[at] ?? 0) / (own[at] ?? 1))
    return trapezoid(
      points,
      density.map((value, at) => value * othersBelow(at)),
    )
  })
}

const pointsPerRate = 500

/** Where the log odds of a rate may lie: ten deviations, and the exponential tails of few successes or failures. */
const pointsOf = ({ a, b }: Beta): number[] => {
  const middle = Math.log(a / b)
  const deviation = Math.sqrt(1 / a + 1 / b)
  const low = Math.max(-300, middle - Math.max(10 * deviation, 30 / a))
  const high = Math.min(300, middle + Math.max(10 * deviation, 30 / b))
  return Array.from({ length: pointsPerRate + 1 }, (_, index) => low + ((high - low) * index) / pointsPerRate)
}

const densityOver = (points: readonly number[], minusLogs: readonly number[], { a, b }: Beta): number[] => {
  // Of log odds t the density is x^a (1−x)^b / B(a, b). Only ratios matter until it is scaled.
  const logDensity = (t: number, minusLog: number) => -a * minusLog - b * (t + minusLog)
  const middle = Math.log(a / b)
  const peak = logDensity(middle, Math.log1p(b / a))
  const density = points.map((t, at) => Math.exp(logDensity(t, minusLogs[at] ?? 0) - peak))
  const total = trapezoid(points, density)
  return density.map((value) => value / total)
}

const cumulate = (points: readonly number[], density: readonly number[]): number[] => {
  let sum = 0
  return density.map((value, index) => {
    if (index > 0) sum += areaBefore(points, density, index, value)
    return Math.min(1, sum)
  })
}

const trapezoid = (points: readonly number[], values: readonly number[]): number =>
  values.reduce((sum, value, index) => (index === 0 ? 0 : sum + areaBefore(points, values, index, value)), 0)

const areaBefore = (
  points: readonly number[],
  values: readonly number[],
  index: number,
  value: number,
): number => (((values[index - 1] ?? 0) + value) / 2) * ((points[index] ?? 0) - (points[index - 1] ?? 0))
