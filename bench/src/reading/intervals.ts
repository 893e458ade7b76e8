import { judgeChannels, kaplanMeier, type Observed, wilsonInterval } from '@altcontext/webhook-metrics'
import type { Benchmark } from '../measuring/benchmark.ts'
import { type Competitor, compare } from '../measuring/compare.ts'

const histories = 10_000
const rounds = 3
const horizonDays = 14
const fewestTenants = 20

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

interface World {
  tenants: number
  windowDays: number
  /** How many days the tenants that ever convert take on average. */
  meanDays: number
  everConverts: number
}

/** The share that truly converts within the horizon. */
const trueRate = ({ everConverts, meanDays }: World): number =>
  everConverts * (1 - Math.exp(-horizonDays / meanDays))

/** Tenants created evenly over a window that ends now, as the routes would count them. */
const simulate = (random: () => number, { tenants, windowDays, meanDays, everConverts }: World): Observed[] =>
  Array.from({ length: tenants }, () => {
    const observed = Math.min(horizonDays, Math.floor(random() * windowDays))
    const days =
      random() < everConverts ? Math.floor(-Math.log(1 - random()) * meanDays) : Number.POSITIVE_INFINITY
    return { observed, event: days < observed ? days : null, subjects: 1 }
  })

/** How often, in percent, the intervals hold the true rate. */
const coverage = (world: World, seed: number) => {
  const random = createRandom(seed)
  const truth = trueRate(world)
  const hits = { wilson: 0, kaplanMeier: 0 }
  const trials = { wilson: 0, kaplanMeier: 0 }
  const note = (name: keyof typeof hits, low: number | undefined, high: number | undefined) => {
    if (low === undefined || high === undefined) return
    trials[name] += 1
    if (low <= truth && truth <= high) hits[name] += 1
  }
  for (let history = 0; history < histories / rounds; history += 1) {
    const groups = simulate(random, world)
    const mature = groups.filter(({ observed }) => observed === horizonDays)
    const interval = wilsonInterval(mature.filter(({ event }) => event !== null).length, mature.length)
    note('wilson', interval?.low, interval?.high)
    const estimate = kaplanMeier(groups, horizonDays)
    note('kaplanMeier', estimate?.low, estimate?.high)
  }
  return {
    'Wilson %': (100 * hits.wilson) / trials.wilson,
    'Kaplan-Meier %': (100 * hits.kaplanMeier) / trials.kaplanMeier,
  }
}

/** How often, in percent, any channel gets a verdict although all are equal. */
const falseVerdicts = (sizes: readonly number[], rate: number, seed: number) => {
  const random = createRandom(seed)
  let judged = 0
  for (let history = 0; history < histories / rounds; history += 1) {
    const channels = sizes.map((trials) => {
      let successes = 0
      for (let trial = 0; trial < trials; trial += 1) if (random() < rate) successes += 1
      return { successes, trials }
    })
    const verdicts = judgeChannels(channels, fewestTenants)
    if (verdicts.some(({ verdict }) => verdict === 'ahead' || verdict === 'behind')) judged += 1
  }
  return { 'histories with a verdict %': (100 * judged * rounds) / histories }
}

const worlds: Record<string, World> = {
  '60 % in 5 days, 300 tenants in 30 days': { tenants: 300, windowDays: 30, meanDays: 5, everConverts: 0.6 },
  '60 % in 5 days, 900 tenants in 90 days': { tenants: 900, windowDays: 90, meanDays: 5, everConverts: 0.6 },
  '20 % in 3 days, 120 tenants in 30 days': { tenants: 120, windowDays: 30, meanDays: 3, everConverts: 0.2 },
}

const equals: Record<string, [sizes: number[], rate: number]> = {
  '3 equal channels of 100': [[100, 100, 100], 0.5],
  '6 equal channels of 20 to 400': [[20, 40, 80, 120, 200, 400], 0.4],
  '12 equal channels of 30 to 90': [[30, 30, 40, 40, 50, 50, 60, 60, 70, 70, 80, 90], 0.15],
}

const seeded = (name: string, run: (seed: number) => Record<string, number>): Competitor => {
  let seed = 0
  return {
    name,
    run: async () => {
      seed += 1
      return run(seed * 7919)
    },
  }
}

// The rates are compared with the promised coverage, in every round.
const promised = (name: string, figures: Record<string, number>): Competitor => ({
  name,
  run: async () => figures,
})

/** Whether the intervals and verdicts keep what they promise. No clock is read: the figures are the same on any machine. */
export const intervals: Benchmark = {
  name: 'intervals',
  measures: 'coverage of the 95 % intervals and false verdicts, over 10,000 simulated histories each',
  run: async () => [
    ...(await compare({
      title: 'Intervals at 95 %, 10,000 histories each',
      competitors: [
        ...Object.entries(worlds).map(([name, world]) => seeded(name, (seed) => coverage(world, seed))),
        promised('promised', { 'Wilson %': 95, 'Kaplan-Meier %': 95 }),
      ],
      targets: Object.keys(worlds).flatMap((of) =>
        ['Wilson %', 'Kaplan-Meier %'].flatMap((figure) => [
          {
            name: `${of}: ${figure} − 95`,
            figure,
            of,
            against: 'promised',
            by: 'difference' as const,
            atLeast: -2,
          },
          {
            name: `${of}: ${figure} − 95`,
            figure,
            of,
            against: 'promised',
            by: 'difference' as const,
            atMost: 2,
          },
        ]),
      ),
    })),
    ...(await compare({
      title: 'Verdicts on equal channels, 10,000 histories each',
      competitors: [
        ...Object.entries(equals).map(([name, [sizes, rate]]) =>
          seeded(name, (seed) => falseVerdicts(sizes, rate, seed)),
        ),
        promised('none', { 'histories with a verdict %': 0 }),
      ],
      targets: Object.keys(equals).map((of) => ({
        name: `${of}: histories with a verdict`,
        figure: 'histories with a verdict %',
        of,
        against: 'none',
        by: 'difference' as const,
        atMost: 5,
      })),
    })),
  ],
}
