import { rawOf } from './expect-events.ts'
import { expectedFreshness, expectedRun, percentileOf } from './facts.ts'
import { dayMs } from './history.ts'
import { dayOf, isBefore, isoOf, milestoneTypes, plausibleSinceMs, usageTypes, type World } from './world.ts'

const eventTypes = [...new Set([...milestoneTypes, ...usageTypes])]

export const expectedBridge = (world: World, owner: number) => {
  const today = dayOf(world.nowMs)
  const counted = (names: readonly string[], known: readonly string[]) => ({
    total: names.length,
    counts: Object.fromEntries(
      [...new Set([...known, ...names])].map((name) => [name, names.filter((one) => one === name).length]),
    ),
  })
  const ofToday = <Thing extends { owner: number }>(
    things: readonly Thing[],
    atMs: (thing: Thing) => number,
  ) => things.filter((thing) => thing.owner === owner && dayOf(atMs(thing)) === today)
  const isAny = world.received.some((event) => event.owner === owner)
  const since = plausibleSinceMs(world, owner)
  const job = (kind: keyof World['runs']) => {
    const run = expectedRun(world.runs[kind])
    return { run, reason: run === null ? 'never_ran' : null }
  }
  return {
    ok: true,
    at: isoOf(world.nowMs),
    freshness: expectedFreshness(world, owner),
    implausible: {
      before: isAny ? isoOf(since) : null,
      events: rawOf(world, owner).filter(({ atMs }) => atMs < since).length,
    },
    problems: expectedProblems(world, owner),
    producers: [],
    traffic: expectedTraffic(world, owner),
    jobs: {
      rollup: job('rollup'),
      backfill: job('backfill'),
      discrepancy: job('discrepancy'),
      purge: job('purge'),
    },
    today: {
      day: today,
      received: counted(
        ofToday(rawOf(world, owner), ({ receivedAtMs }) => receivedAtMs).map(({ type }) => type),
        eventTypes,
      ),
      duplicates: counted(
        ofToday(world.duplicates, ({ atMs }) => atMs).map(({ type }) => type),
        eventTypes,
      ),
      refusals: counted(
        ofToday(world.refusals, ({ atMs }) => atMs).map(({ reason }) => reason),
        [],
      ),
    },
  }
}

/** What arrived since a moment. */
const arrivedSince = (world: World, owner: number, sinceMs: number) => {
  const since = <Thing extends { owner: number }>(things: readonly Thing[], atMs: (thing: Thing) => number) =>
    things.filter((thing) => thing.owner === owner && atMs(thing) >= sinceMs)
  return {
    events: since(rawOf(world, owner), ({ receivedAtMs }) => receivedAtMs),
    counts: {
      accepted: since(rawOf(world, owner), ({ receivedAtMs }) => receivedAtMs).length,
      duplicates: since(world.duplicates, ({ atMs }) => atMs).length,
      refused: since(world.refusals, ({ atMs }) => atMs).length,
    },
  }
}

const expectedTraffic = (world: World, owner: number) => {
  const [day, month] = [1, 30].map((days) => arrivedSince(world, owner, world.nowMs - days * dayMs)) as [
    ReturnType<typeof arrivedSince>,
    ReturnType<typeof arrivedSince>,
  ]
  const lags = day.events.map(({ atMs, receivedAtMs }) => Math.max(0, receivedAtMs - atMs))
  return {
    last24Hours: day.counts,
    last30Days: month.counts,
    lag: {
      n: lags.length,
      p50Ms: percentileOf(lags, 0.5),
      p95Ms: percentileOf(lags, 0.95),
      reason: lags.length === 0 ? 'not_seen' : null,
    },
    lastEvents: eventTypes
      .map((eventType) => {
        const times = month.events
          .filter(({ type }) => type === eventType)
          .map(({ receivedAtMs }) => receivedAtMs)
        const last = times.length === 0 ? null : Math.max(...times)
        return {
          eventType,
          receivedAt: last === null ? null : isoOf(last),
          ageMs: last === null ? null : world.nowMs - last,
          reason: last === null ? 'not_seen' : null,
        }
      })
      .sort((left, right) => isBefore(left.eventType, right.eventType)),
  }
}

const expectedProblems = (world: World, owner: number): string[] => {
  const { accepted, duplicates, refused } = expectedTraffic(world, owner).last24Hours
  const { oldestDirtyAgeMs, completeThrough } = expectedFreshness(world, owner)
  const isUncounted = completeThrough === null && expectedTraffic(world, owner).last30Days.accepted > 0
  const problems: Record<string, boolean> = {
    refusing: refused / (accepted + duplicates + refused) > 0.01,
    silent: accepted + duplicates === 0,
    behind: (oldestDirtyAgeMs ?? 0) > 15 * 60_000 || isUncounted,
    never_verified: world.runs.discrepancy === undefined,
  }
  return Object.keys(problems).filter((problem) => problems[problem])
}
