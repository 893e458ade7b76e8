/** How many of these trials succeeded. */
export interface Trials {
  successes: number
  trials: number
}

/** What is believed about a rate: a beta distribution. */
export interface Beta {
  a: number
  b: number
}

/** The prior weighs as much as this many trials at the rate of all channels together. */
export const priorTrials = 20

/** The rate of all together, from which a prior can be made: never exactly 0 or 1. */
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
 * odds, where the densities are smooth, over points that are dense where any density is.
 */
export const probabilitiesOfBest = (rates: readonly Beta[]): number[] => {
  const points = pointsOf(rates)
  const beliefs = beliefsOver(points, rates)
  const allBelow = new Float64Array(points.length).fill(1)
  const allGrowths = new Float64Array(points.length)
  for (const { below, growths } of beliefs) {
    for (let at = 0; at < points.length; at += 1) {
      allBelow[at] = (allBelow[at] ?? 0) * (below[at] ?? 0)
      allGrowths[at] = (allGrowths[at] ?? 0) + (growths[at] ?? 0)
    }
  }
  return beliefs.map(({ values, slopes, below, growths }) => {
    const best = emptyCurve(points.length)
    for (let at = 0; at < points.length; at += 1) {
      const own = below[at] ?? 0
      // A distribution with nothing below this point has nothing at it either.
      const othersBelow = own > 0 ? (allBelow[at] ?? 0) / own : 0
      const othersGrowth = (allGrowths[at] ?? 0) - (growths[at] ?? 0)
      best.values[at] = othersBelow * (values[at] ?? 0)
      best.slopes[at] = othersBelow * ((slopes[at] ?? 0) + (values[at] ?? 0) * othersGrowth)
    }
    return areasBelow(points, best).at(-1) ?? 0
  })
}

/** A function at each of the points, and how steep it is there. */
interface Curve {
  values: Float64Array
  slopes: Float64Array
}

const emptyCurve = (length: number): Curve => ({
  values: new Float64Array(length),
  slopes: new Float64Array(length),
})

/** The density of a rate. */
interface Belief extends Curve {
  /** The probability that the rate lies below each point. */
  below: Float64Array
  /** How steep that is, in relation to itself; for a product, the sum of its factors' slopes. */
  growths: Float64Array
}

const pointsPerRate = 100
const pointsPerTail = 40
/** A density below e^−60 of its peak counts as 0. */
const leastLog = -60

/**
 * Where the log odds of a rate may lie: ten deviations, and beside them the exponential tails of few successes or failures, which are
 * long and need fewer points. Points of one rate are left out where they are closer to those of another than any rate needs.
 */
const pointsOf = (rates: readonly Beta[]): Float64Array => {
  let closest = Number.POSITIVE_INFINITY
  const points = rates.flatMap(({ a, b }) => {
    const middle = Math.log(a / b)
    const reach = Math.min(30, 10 * Math.sqrt(1 / a + 1 / b))
    const [left, right] = [middle - reach, middle + reach]
    const [low, high] = [middle - 30 / a, middle + 30 / b]
    closest = Math.min(closest, (right - left) / pointsPerRate)
    return [
      ...pointsBetween(left, right, pointsPerRate),
      ...(low < left ? pointsBetween(low, left, pointsPerTail) : []),
      ...(high > right ? pointsBetween(right, high, pointsPerTail) : []),
    ]
  })
  let last = Number.NEGATIVE_INFINITY
  return Float64Array.from(points)
    .sort()
    .filter((point) => {
      if (point - last < closest / 2) return false
      last = point
      return true
    })
}

const pointsBetween = (from: number, to: number, pieces: number): number[] =>
  Array.from({ length: pieces + 1 }, (_, index) => from + ((to - from) * index) / pieces)

/** For log odds t, where x = 1/(1+e^−t), the density is x^a (1−x)^b / B(a, b), and its slope is (a − (a+b) x) times that. */
const beliefsOver = (points: Float64Array, rates: readonly Beta[]): Belief[] => {
  // −ln x, the same for every rate; −ln(1−x) is t more.
  const minusLogs = Float64Array.from(points, (t) => (t < -40 ? -t : Math.log1p(Math.exp(-t))))
  return rates.map(({ a, b }) => {
    const logDensity = (t: number, minusLog: number) => -a * minusLog - b * (t + minusLog)
    // Only ratios matter until it is scaled.
    const peak = logDensity(Math.log(a / b), Math.log1p(b / a))
    const { values, slopes } = emptyCurve(points.length)
    for (let at = 0; at < points.length; at += 1) {
      const [t, minusLog] = [points[at] ?? 0, minusLogs[at] ?? 0]
      const logRelative = logDensity(t, minusLog) - peak
      if (logRelative < leastLog) continue
      const density = Math.exp(logRelative)
      values[at] = density
      slopes[at] = density * (a - (a + b) * Math.exp(-minusLog))
    }
    const below = areasBelow(points, { values, slopes })
    const growths = new Float64Array(points.length)
    const total = below.at(-1) ?? 1
    for (let at = 0; at < points.length; at += 1) {
      values[at] = (values[at] ?? 0) / total
      slopes[at] = (slopes[at] ?? 0) / total
      below[at] = Math.min(1, Math.max(0, (below[at] ?? 0) / total))
      growths[at] = below[at] === 0 ? 0 : (values[at] ?? 0) / (below[at] ?? 1)
    }
    return { values, slopes, below, growths }
  })
}

/**
 * The area under a curve before each point, by the trapezoidal rule, corrected by the slopes at both ends of each piece as
 * Euler and Maclaurin do: exact for cubics, so that few points are enough.
 */
const areasBelow = (points: Float64Array, { values, slopes }: Curve): Float64Array => {
  const areas = new Float64Array(points.length)
  for (let at = 1; at < points.length; at += 1) {
    const width = (points[at] ?? 0) - (points[at - 1] ?? 0)
    const trapezoid = (((values[at - 1] ?? 0) + (values[at] ?? 0)) / 2) * width
    const correction = (((slopes[at - 1] ?? 0) - (slopes[at] ?? 0)) / 12) * width * width
    areas[at] = (areas[at - 1] ?? 0) + trapezoid + correction
  }
  return areas
}
