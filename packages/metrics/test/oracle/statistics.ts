const z = 1.959963984540054

export const wilson = (count: number, n: number): { low: number; high: number } => {
  // The two rates whose distance from the observed one is exactly z of their own deviations.
  const solve = (isFar: (rate: number) => boolean, inside: number, outside: number): number => {
    let [near, far] = [inside, outside]
    for (let step = 0; step < 80; step += 1) {
      const middle = (near + far) / 2
      if (isFar(middle)) far = middle
      else near = middle
    }
    return near
  }
  const observed = count / n
  const isFar = (rate: number) => (observed - rate) ** 2 * n > z ** 2 * rate * (1 - rate)
  return {
    low: count === 0 ? 0 : solve(isFar, observed, 0),
    high: count === n ? 1 : solve(isFar, observed, 1),
  }
}

/** One tenant: days that it was observed, and the day on which it converted, if it was observed. */
export interface Subject {
  observed: number
  event: number | null
}

/** Kaplan-Meier with its interval on the log(−log) scale; null when nobody is left to observe. */
export const survive = (subjects: readonly Subject[], horizon: number) => {
  let alive = 1
  let variance = 0
  for (let day = 0; day < horizon; day += 1) {
    if (alive === 0) break
    const atRisk = subjects.filter(({ observed, event }) => observed > day && (event ?? horizon) >= day)
    const events = atRisk.filter(({ event }) => event === day).length
    if (atRisk.length === 0) return null
    alive *= (atRisk.length - events) / atRisk.length
    if (events < atRisk.length) variance += events / atRisk.length / (atRisk.length - events)
  }
  if (alive === 0 || alive === 1) return { value: 1 - alive, low: null, high: null }
  const wide = Math.exp((z * Math.sqrt(variance)) / -Math.log(alive))
  return { value: 1 - alive, low: 1 - alive ** (1 / wide), high: 1 - alive ** wide }
}

// Dense where a distribution can be steep: near 0 and 1.
const bend = 10

/** The mass of a beta distribution, up to a constant, in this many steps of t, where the rate is t¹⁰ ÷ (t¹⁰ + (1 − t)¹⁰). */
const densityOf = (a: number, b: number, steps: number): number[] => {
  const logs = Array.from({ length: steps }, (_, index) => {
    const t = (index + 0.5) / steps
    const [success, failure] = [bend * Math.log(t), bend * Math.log(1 - t)]
    const both = Math.max(success, failure) + Math.log1p(Math.exp(-Math.abs(success - failure)))
    return a * (success - both) + b * (failure - both) - Math.log(t * (1 - t))
  })
  const peak = Math.max(...logs)
  const values = logs.map((log) => Math.exp(log - peak))
  const total = values.reduce((sum, value) => sum + value, 0)
  return values.map((value) => value / total)
}

const steps = 4000

/** For each of several rates the probability that it is the highest, by plain sums over small steps: right to three digits. */
export const bestOf = (rates: readonly { a: number; b: number }[]): number[] => {
  const densities = rates.map(({ a, b }) => densityOf(a, b, steps))
  const below = densities.map((density) => {
    let sum = 0
    return density.map((value) => {
      sum += value
      return sum - value / 2
    })
  })
  return densities.map((density, own) =>
    density.reduce(
      (sum, value, at) =>
        sum +
        below.reduce(
          (product, other, index) => (index === own ? product : product * (other[at] as number)),
          value,
        ),
      0,
    ),
  )
}
