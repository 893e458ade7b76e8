import { expectedFunnel } from './expect-funnel.ts'
import {
  expectedFreshness,
  expectedTrend,
  firstReceivedDay,
  isIn,
  isNeverRolledUp,
  tenantOf,
  usedIn,
  type Window,
} from './facts.ts'
import { addDays, dayOf, daysApart, noSums, type Sums, type World } from './world.ts'

interface UsageQuestion {
  window: Window
  horizonDays: number
  tenant?: string
  isCompared?: boolean
}

type Value = { value: number | null; reason: string | null }

const valuesOf = (sums: Sums): Record<string, Value> => {
  const divided = (count: number, base: number, undefinedBecause: string): Value =>
    base === 0 ? { value: null, reason: undefinedBecause } : { value: count / base, reason: null }
  const plain = (value: number): Value => ({ value, reason: null })
  const { scansCompleted, scansFailed, durationSumMs, durationCount } = sums
  const duration = divided(durationSumMs, durationCount, 'no_completed_scans')
  return {
    totalScansCompleted: plain(scansCompleted),
    totalScansFailed: plain(scansFailed),
    scanSuccessRate: divided(scansCompleted, scansCompleted + scansFailed, 'no_scans'),
    totalMediaProcessed: plain(sums.mediaProcessed),
    totalIdentitiesDetected: plain(sums.identitiesDetected),
    identitiesPerScan: divided(sums.identitiesDetected, scansCompleted, 'no_completed_scans'),
    avgScanDurationMs: { ...duration, value: duration.value === null ? null : Math.round(duration.value) },
    totalClustersCreated: plain(sums.clustersCreated),
    suggestionResolutionRate: divided(
      sums.suggestionsResolved,
      sums.suggestionsGenerated,
      'no_suggestions_generated',
    ),
  }
}

const rates = ['scanSuccessRate', 'suggestionResolutionRate']
/** More of it is better, or less. */
const goodWay: Record<string, 1 | -1> = {
  totalScansCompleted: 1,
  scanSuccessRate: 1,
  totalMediaProcessed: 1,
  totalIdentitiesDetected: 1,
  totalClustersCreated: 1,
  suggestionResolutionRate: 1,
  avgScanDurationMs: -1,
}

/** The days that can be compared, and those that they are compared with. */
const comparisonOf = (world: World, { from, to }: Window): { closed: Window | null; previous: Window } => {
  const today = dayOf(world.nowMs)
  const closed = from >= today ? null : { from, to: to < today ? to : addDays(today, -1) }
  const { from: first, to: last } = closed ?? { from, to }
  return { closed, previous: { from: addDays(first, -(daysApart(first, last) + 1)), to: addDays(first, -1) } }
}

const whyNoDelta = (world: World, owner: number, { window, tenant }: UsageQuestion): string | null => {
  const { closed, previous } = comparisonOf(world, window)
  if (closed === null) return 'open_day'
  const firstDay = firstReceivedDay(world, owner)
  const kept = new Date(world.nowMs)
  kept.setUTCMonth(kept.getUTCMonth() - 24)
  if (firstDay === null || previous.from < firstDay || previous.from < dayOf(kept.getTime()))
    return 'previous_not_covered'
  const created = tenant === undefined ? null : tenantOf(world, owner, tenant).createdMs
  if (created !== null && previous.from < dayOf(created)) return 'tenant_too_young'
  const waits = world.dirty.some(
    (entry) =>
      entry.owner === owner && (tenant === undefined || entry.tenant === tenant) && isIn(entry.day, previous),
  )
  return waits ? 'previous_incomplete' : null
}

export const expectedServiceUsage = (world: World, owner: number, question: UsageQuestion) => {
  const { window, horizonDays, tenant, isCompared = false } = question
  const today = dayOf(world.nowMs)
  const { closed, previous } = comparisonOf(world, window)
  const isUnknown = isNeverRolledUp(world, owner)
  const noDelta = isCompared ? whyNoDelta(world, owner, question) : 'not_requested'
  const values = valuesOf(usedIn(world, owner, window, tenant))
  const now = valuesOf(closed === null ? noSums : usedIn(world, owner, closed, tenant))
  const then = valuesOf(usedIn(world, owner, previous, tenant))
  const changeOf = (name: string): number | null => {
    const [after, before] = [now[name]?.value ?? null, then[name]?.value ?? null]
    return isUnknown || noDelta !== null || after === null || before === null ? null : after - before
  }
  const judgementOf = (name: string) => {
    const judgedBy = name === 'totalScansFailed' ? 'scanSuccessRate' : name
    const way = goodWay[judgedBy]
    const change = changeOf(judgedBy)
    return way === undefined || change === null || change === 0 ? null : change * way > 0 ? 'better' : 'worse'
  }
  const metricOf = (name: string) => {
    const { value, reason } = isUnknown ? { value: null, reason: 'never_rolled_up' } : (values[name] as Value)
    const before = then[name]?.value ?? null
    const change = changeOf(name)
    const deltaReason =
      noDelta ??
      (value === null || now[name]?.value === null
        ? 'no_value'
        : before === null
          ? 'previous_undefined'
          : before === 0
            ? 'previous_zero'
            : null)
    return {
      value,
      delta: deltaReason === null && change !== null && before !== null ? change / before : null,
      points: rates.includes(name) && value !== null ? change : null,
      reason,
      deltaReason,
      judgement: judgementOf(name),
    }
  }
  return {
    ok: true,
    window,
    compareTo: isCompared ? previous : null,
    compared: isCompared ? closed : null,
    openDay: isIn(today, window) ? today : null,
    usage: Object.fromEntries(Object.keys(values).map((name) => [name, metricOf(name)])),
    funnel: expectedFunnel(world, owner, window, horizonDays),
    funnelChanges: isCompared ? expectedFunnelChanges(world, owner, question) : null,
    trend: expectedTrend(world, owner, window, tenant),
    freshness: expectedFreshness(world, owner, window),
  }
}

const expectedFunnelChanges = (world: World, owner: number, question: UsageQuestion) => {
  const { window, horizonDays } = question
  const { closed, previous } = comparisonOf(world, window)
  const noDelta = whyNoDelta(world, owner, { window, horizonDays })
  const [now, then] = [closed ?? window, previous].map((days) =>
    expectedFunnel(world, owner, days, horizonDays),
  )
  type Funnel = ReturnType<typeof expectedFunnel>
  const changeOf = (valueOfFunnel: (funnel: Funnel) => Value, isRate: boolean) => {
    const [after, before] = [valueOfFunnel(now as Funnel), valueOfFunnel(then as Funnel)]
    const difference = after.value === null || before.value === null ? null : after.value - before.value
    const deltaReason =
      noDelta ??
      (after.value === null
        ? 'no_value'
        : before.value === null
          ? 'previous_undefined'
          : before.value === 0
            ? 'previous_zero'
            : null)
    return {
      value: after.value,
      previous: before.value,
      delta: deltaReason === null && difference !== null ? difference / (before.value as number) : null,
      points: isRate && noDelta === null ? difference : null,
      reason: after.reason,
      deltaReason,
    }
  }
  const ofMarketing = (name: 'marketingVisitors' | 'leadsCaptured') =>
    changeOf(
      (funnel) =>
        funnel.marketingDaysCovered === 0
          ? { value: null, reason: 'marketing_not_rolled_up' }
          : { value: funnel[name], reason: null },
      false,
    )
  const conversion = (stage: 'apiKey' | 'firstScan' | 'returned') =>
    changeOf(
      ({ conversions }) => ({ value: conversions[stage].value, reason: conversions[stage].reason }),
      true,
    )
  return {
    marketingVisitors: ofMarketing('marketingVisitors'),
    leadsCaptured: ofMarketing('leadsCaptured'),
    tenantsCreated: changeOf(({ tenantsCreated }) => ({ value: tenantsCreated, reason: null }), false),
    activeTenants: changeOf(
      ({ activeTenants }) => ({
        value: activeTenants,
        reason: activeTenants === null ? 'never_rolled_up' : null,
      }),
      false,
    ),
    apiKey: conversion('apiKey'),
    firstScan: conversion('firstScan'),
    returned: conversion('returned'),
  }
}
