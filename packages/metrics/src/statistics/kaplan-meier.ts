import { type Interval, normal95 } from './wilson-interval.ts'

/** Subjects that were observed for `observed` whole steps and had the event in step `event`, counted from 0, or never. */
export interface Observed {
  observed: number
  event: number | null
  subjects: number
}

export interface SurvivalEstimate extends Partial<Interval> {
  /** The share that has had the event before the horizon. */
  converted: number
}

/**
 * The share with an event within `horizon` steps (Kaplan and Meier 1958), for subjects some of which were observed for less:
 * each counts as at risk in the steps during all of which it was observed. With an interval at 95 % from Greenwood's variance
 * on the log(−log) scale (Kalbfleisch and Prentice), which stays within 0 and 1; without one where the variance is
 * undefined, because nobody or everybody has had the event. Null when nobody is at risk in a step before everybody has had it.
 */
export const kaplanMeier = (groups: readonly Observed[], horizon: number): SurvivalEstimate | null => {
  let surviving = 1
  let greenwood = 0
  for (let step = 0; step < horizon && surviving > 0; step += 1) {
    let atRisk = 0
    let events = 0
    for (const { observed, event, subjects } of groups) {
      if (observed <= step || (event !== null && event < step)) continue
      atRisk += subjects
      if (event === step) events += subjects
    }
    if (atRisk === 0) return null
    surviving *= 1 - events / atRisk
    if (atRisk > events) greenwood += events / (atRisk * (atRisk - events))
  }
  const converted = 1 - surviving
  if (surviving <= 0 || surviving >= 1) return { converted }
  const reach = (normal95 * Math.sqrt(greenwood)) / Math.abs(Math.log(surviving))
  return {
    converted,
    low: 1 - surviving ** Math.exp(-reach),
    high: 1 - surviving ** Math.exp(reach),
  }
}
