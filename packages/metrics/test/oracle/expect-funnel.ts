import {
  type Created,
  cohortIn,
  countActive,
  isIn,
  isNeverRolledUp,
  percentileOf,
  quotient,
  type Window,
} from './facts.ts'
import { dayMs, hourMs } from './history.ts'
import { type Subject, survive, wilson } from './statistics.ts'
import { addDays, dayOf, daysApart, type World } from './world.ts'

const stages = ['apiKey', 'firstScan', 'returned'] as const
type Stage = (typeof stages)[number]

/** How long a tenant took to a stage; to the return whole UTC days. */
const tookMs = ({ createdMs, apiKeyMs, firstScanMs, activeDays }: Created, stage: Stage): number | null => {
  if (stage === 'returned') {
    const second = activeDays[1]
    return second === undefined ? null : Math.max(0, daysApart(dayOf(createdMs), second)) * dayMs
  }
  const at = stage === 'apiKey' ? apiKeyMs : firstScanMs
  return at === null ? null : Math.max(0, at - createdMs)
}

export const hasReturned = (tenant: Created, horizonDays: number): boolean => {
  const took = tookMs(tenant, 'returned')
  return took !== null && took < horizonDays * dayMs
}

export const wasActive30d = ({ activeDays }: Created, to: string): boolean =>
  activeDays.some((day) => isIn(day, { from: addDays(to, -29), to }))

const tooFew = (n: number) => (n < 20 ? 'too_few' : null)

const expectedConversion = (
  tenants: readonly Created[],
  {
    nowMs,
    horizonDays,
    isUnknown,
    stage,
  }: { nowMs: number; horizonDays: number; isUnknown: boolean; stage: Stage },
) => {
  const whyNot = isUnknown ? 'never_rolled_up' : tenants.length === 0 ? 'no_tenants_created' : null
  const mature = tenants.filter(({ createdMs }) => createdMs <= nowMs - horizonDays * dayMs)
  const converted = mature.filter((tenant) => {
    const took = tookMs(tenant, stage)
    return took !== null && took < horizonDays * dayMs
  })
  const isKnown = !isUnknown && mature.length > 0
  const interval = isKnown ? wilson(converted.length, mature.length) : { low: null, high: null }
  const subjects = tenants.map((tenant): Subject => {
    const { createdMs } = tenant
    const days =
      stage === 'returned'
        ? daysApart(dayOf(createdMs), dayOf(nowMs))
        : Math.floor((nowMs - createdMs) / dayMs)
    const observed = Math.max(0, Math.min(days, horizonDays))
    const took = tookMs(tenant, stage)
    const event = took === null ? null : Math.floor(took / dayMs)
    return { observed, event: event !== null && event < observed ? event : null }
  })
  const estimate = whyNot === null ? survive(subjects, horizonDays) : null
  return {
    value: isKnown ? converted.length / mature.length : null,
    count: isUnknown ? 0 : converted.length,
    n: mature.length,
    ...interval,
    reason: isKnown ? null : (whyNot ?? 'no_mature_tenants'),
    note: tooFew(mature.length),
    estimate: {
      value: estimate?.value ?? null,
      n: tenants.length,
      low: estimate?.low ?? null,
      high: estimate?.high ?? null,
      reason: estimate === null ? (whyNot ?? 'horizon_not_reached') : null,
      intervalReason:
        estimate === null ? (whyNot ?? 'horizon_not_reached') : estimate.low === null ? 'no_variance' : null,
      note: tooFew(tenants.length),
    },
  }
}

export const expectedConversions = (
  world: World,
  owner: number,
  tenants: readonly Created[],
  horizonDays: number,
) => {
  const isNever = isNeverRolledUp(world, owner)
  const to = (stage: Stage) =>
    expectedConversion(tenants, {
      nowMs: world.nowMs,
      horizonDays,
      stage,
      isUnknown: isNever && stage === 'returned',
    })
  return { horizonDays, apiKey: to('apiKey'), firstScan: to('firstScan'), returned: to('returned') }
}

const bounds = [0, hourMs, 6 * hourMs, ...[1, 3, 7, 14, 30].map((days) => days * dayMs)]

export const expectedDurations = (tenants: readonly Created[], stage: Stage, undefinedBecause: string) => {
  const times = tenants
    .map((tenant) => tookMs(tenant, stage))
    .filter((took) => took !== null)
    .sort((left, right) => left - right)
  const at = (share: number) => percentileOf(times, share)
  return {
    n: times.length,
    p25Ms: at(0.25),
    p50Ms: at(0.5),
    p75Ms: at(0.75),
    p90Ms: at(0.9),
    reason: times.length === 0 ? (tenants.length === 0 ? 'no_tenants_created' : undefinedBecause) : null,
    histogram: bounds.map((fromMs, index) => {
      const toMs = bounds[index + 1] ?? null
      return {
        fromMs,
        toMs,
        tenants: times.filter((time) => time >= fromMs && (toMs === null || time < toMs)).length,
      }
    }),
  }
}

export const marketingIn = (world: World, owner: number, window: Window) => {
  const start = dayOf(Date.parse('2026-03-01'))
  const days = world.history.days
    .filter((day) => day.owner === owner)
    .map((day) => ({ ...day, day: addDays(start, day.day) }))
  const inWindow = days.filter(({ day }) => isIn(day, window))
  return {
    visitors: inWindow.reduce((sum, { visitors }) => sum + visitors, 0),
    leads: inWindow.reduce((sum, { leads }) => sum + leads, 0),
    days: inWindow,
    through:
      days
        .map(({ day }) => day)
        .sort()
        .at(-1) ?? null,
  }
}

export const expectedFunnel = (world: World, owner: number, window: Window, horizonDays: number) => {
  const cohort = cohortIn(world, owner, window)
  const marketing = marketingIn(world, owner, window)
  const isUnknown = isNeverRolledUp(world, owner)
  const count = (is: (tenant: Created) => boolean) => cohort.filter(is).length
  const created = cohort.length
  const [withKey, withScan] = [
    count((one) => one.apiKeyMs !== null),
    count((one) => one.firstScanMs !== null),
  ]
  const active = isUnknown ? null : count((one) => wasActive30d(one, window.to))
  const returned = isUnknown ? null : count((one) => hasReturned(one, horizonDays))
  const withLead = count(({ hasLead }) => hasLead)
  const share = (part: number | null) =>
    part === null
      ? { value: null, count: 0, base: created, reason: 'never_rolled_up' }
      : quotient(part, created, 'no_tenants_created')
  const noMarketing = marketing.days.length === 0 ? 'marketing_not_rolled_up' : null
  const firstScan = expectedDurations(cohort, 'firstScan', 'no_first_scans')
  return {
    marketingVisitors: marketing.visitors,
    leadsCaptured: marketing.leads,
    leadsCapured: marketing.leads,
    tenantsCreated: created,
    tenantsWithApiKey: withKey,
    tenantsWithFirstScan: withScan,
    tenantsActive30d: active,
    tenantsReturned: returned,
    tenantsWithLead: withLead,
    tenantsWithScanButNoApiKey: count((one) => one.firstScanMs !== null && one.apiKeyMs === null),
    tenantsTooYoung: count((one) => one.firstScanMs === null && one.createdMs > world.nowMs - 7 * dayMs),
    tooYoungDays: 7,
    activeTenants: isUnknown ? null : countActive(world, owner, window),
    marketingDaysCovered: marketing.days.length,
    marketingRolledUpThrough: marketing.through,
    rates: {
      visitorToLeadRatio: quotient(marketing.leads, marketing.visitors, noMarketing ?? 'no_visitors'),
      leadToTenantRatio: quotient(withLead, marketing.leads, noMarketing ?? 'no_leads'),
      apiKeyCreationRate: share(withKey),
      activationRate: share(withScan),
      returnRate: share(returned),
      active30dRate: share(active),
    },
    conversions: expectedConversions(world, owner, cohort, horizonDays),
    durations: {
      apiKey: expectedDurations(cohort, 'apiKey', 'no_api_keys'),
      firstScan,
      returned: expectedDurations(cohort, 'returned', isUnknown ? 'never_rolled_up' : 'no_returns'),
    },
    medianTimeToFirstScanMs: { value: firstScan.p50Ms, reason: firstScan.reason },
    reasons: {
      ...(isUnknown && {
        tenantsActive30d: 'never_rolled_up',
        tenantsReturned: 'never_rolled_up',
        activeTenants: 'never_rolled_up',
      }),
      ...(marketing.through === null && { marketingRolledUpThrough: 'marketing_not_rolled_up' }),
    },
  }
}
