import { meanOf, pooledRate, posteriorOf, probabilitiesOfBest, type Trials } from './compare-rates.ts'

/** How a channel compares with all the other channels together. */
export type Verdict = 'ahead' | 'behind' | 'undecided' | 'too_few'

export interface Judgement {
  verdict: Verdict
  /** The mean of what is believed about its rate. */
  shrunkRate: number
  /** The probability that its rate is above that of the others together. Null, like the next, for `too_few`. */
  probabilityAhead: number | null
  /** The probability that its rate is the highest of all that are ranked. */
  probabilityBest: number | null
}

/** The chance that any verdict is wrong when all channels are equal; all channels and both sides share it. */
const errorRate = 0.05

/**
 * Judges channels by their successes, each against the others together. With C channels ranked, one is `ahead` when the
 * probability that it is above the others exceeds 1 − 0.05 ÷ 2C, and `behind` when it is below 0.05 ÷ 2C.
 *
 * @param fewest - channels with fewer trials are not ranked.
 */
export const judgeChannels = (channels: readonly Trials[], fewest: number): Judgement[] => {
  const pooled = pooledRate(channels)
  const isRanked = ({ trials }: Trials) => trials >= fewest
  const posteriors = channels.map((trials) => posteriorOf(trials, pooled))
  const ranked = posteriors.filter((_, index) => isRanked(channels[index] as Trials))
  const best = probabilitiesOfBest(ranked)
  const margin = errorRate / (2 * Math.max(1, ranked.length))
  return channels.map((channel, index): Judgement => {
    const own = posteriors[index] as (typeof posteriors)[number]
    const shrunkRate = meanOf(own)
    if (!isRanked(channel)) {
      return { verdict: 'too_few', shrunkRate, probabilityAhead: null, probabilityBest: null }
    }
    const others = posteriorOf(sumOf(channels.filter((_, other) => other !== index)), pooled)
    const [probabilityAhead = 0] = probabilitiesOfBest([own, others])
    const verdict =
      probabilityAhead > 1 - margin ? 'ahead' : probabilityAhead < margin ? 'behind' : 'undecided'
    return { verdict, shrunkRate, probabilityAhead, probabilityBest: best[ranked.indexOf(own)] ?? null }
  })
}

const sumOf = (all: readonly Trials[]): Trials => ({
  successes: all.reduce((sum, { successes }) => sum + successes, 0),
  trials: all.reduce((sum, { trials }) => sum + trials, 0),
})
