/** The rate lies in it, at 95 %. */
export interface Interval {
  low: number
  high: number
}

/** The 97.5 % point of the standard normal distribution: 95 % lie within as many deviations. */
export const normal95 = 1.959963984540054

/**
 * The interval of Wilson (1927) for `successes` of `trials`, at 95 %, without continuity correction. Null without trials.
 *
 *   (p + z²/2n ± z √(p(1−p)/n + z²/4n²)) / (1 + z²/n)
 */
export const wilsonInterval = (successes: number, trials: number): Interval | null => {
  if (trials === 0) return null
  const p = successes / trials
  const z2 = normal95 ** 2
  const centre = p + z2 / (2 * trials)
  const reach = normal95 * Math.sqrt((p * (1 - p)) / trials + z2 / (4 * trials ** 2))
  const scale = 1 + z2 / trials
  // Where nobody or everybody succeeded one end is exactly 0 or 1, and rounding must not miss it.
  return {
    low: successes === 0 ? 0 : (centre - reach) / scale,
    high: successes === trials ? 1 : (centre + reach) / scale,
  }
}
