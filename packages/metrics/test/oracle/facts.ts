import { dayMs } from './history.ts'
import {
  addDays,
  type Capture,
  type Cell,
  dayOf,
  daysApart,
  firstReceivedMs,
  isoOf,
  keyOf,
  milestoneMs,
  milestoneTypes,
  plausibleSinceMs,
  type Sums,
  sumUp,
  type World,
} from './world.ts'

export interface Window {
  from: string
  to: string
}

export const isIn = (day: string, { from, to }: Window): boolean => from <= day && day <= to

export const daysOf = ({ from, to }: Window): string[] =>
  Array.from({ length: daysApart(from, to) + 1 }, (_, index) => addDays(from, index))

export const quotient = (count: number, base: number, undefinedBecause: string) =>
  base === 0
    ? { value: null, count, base, reason: undefinedBecause }
    : { value: count / base, count, base, reason: null }

/** Events wait, and nothing was ever rolled up. */
export const isNeverRolledUp = (world: World, owner: number): boolean =>
  world.runs.rollup === undefined &&
  world.runs.backfill === undefined &&
  world.dirty.some((entry) => entry.owner === owner)

/** What was rolled up of the owner, or of one tenant, on days of a window. */
export const usedIn = (world: World, owner: number, window: Window, tenant?: string): Sums =>
  sumUp(
    [...world.cells.values()]
      .filter(
        (cell) =>
          cell.owner === owner && (tenant === undefined || cell.tenant === tenant) && isIn(cell.day, window),
      )
      .map(({ sums }) => sums),
  )

/** Tenant days with a completed scan that no wrong clock invented: they decide who was active when. */
const plausibleDays = (world: World, owner: number) =>
  [...world.cells.values()].filter(
    (cell) =>
      cell.owner === owner &&
      cell.sums.scansCompleted > 0 &&
      cell.day >= dayOf(plausibleSinceMs(world, owner)),
  )

/** How many tenants were active in a window. */
export const countActive = (world: World, owner: number, window: Window): number =>
  new Set(
    plausibleDays(world, owner)
      .filter(({ day }) => isIn(day, window))
      .map(({ tenant }) => tenant),
  ).size

/** One tenant: what it reached, and where it came from. */
export interface Tenant {
  id: string
  createdMs: number | null
  apiKeyMs: number | null
  firstScanMs: number | null
  /** Plausible days with a completed scan, in order. */
  activeDays: string[]
  hasLead: boolean
  /** The channel under which the channel report counts it; null without a known lead. */
  channel: string | null
  /** Copied, and linked by the worker. */
  capture: Capture | null
}

const daysOfTenant = (cells: readonly Cell[], id: string): string[] =>
  cells
    .filter(({ tenant }) => tenant === id)
    .map(({ day }) => day)
    .sort()

export const tenantOf = (world: World, owner: number, id: string): Tenant => {
  const attribution = world.attributions.get(keyOf(owner, id))
  const capture = world.linked.get(keyOf(owner, id)) ?? null
  return {
    id,
    createdMs: milestoneMs(world, owner, id, 'tenant.created'),
    apiKeyMs: milestoneMs(world, owner, id, 'apikey.created'),
    firstScanMs: milestoneMs(world, owner, id, 'scan.completed'),
    activeDays: daysOfTenant(plausibleDays(world, owner), id),
    hasLead: attribution !== undefined,
    channel: capture?.first.channel ?? attribution?.channel ?? null,
    capture,
  }
}

/** All that milestones or rollups know. */
export const tenantsOf = (world: World, owner: number): Tenant[] => {
  const ids = new Set([
    ...world.received
      .filter((event) => event.owner === owner && milestoneTypes.includes(event.type))
      .map(({ tenant }) => tenant),
    ...[...world.cells.values()].filter((cell) => cell.owner === owner).map(({ tenant }) => tenant),
  ])
  return [...ids].map((id) => tenantOf(world, owner, id))
}

export type Created = Tenant & { createdMs: number }

/** Tenants created in a window. */
export const cohortIn = (world: World, owner: number, window: Window): Created[] =>
  tenantsOf(world, owner).filter(
    (tenant): tenant is Created => tenant.createdMs !== null && isIn(dayOf(tenant.createdMs), window),
  )

const isoOrNull = (ms: number | null | undefined): string | null =>
  ms === null || ms === undefined ? null : isoOf(ms)

export const expectedRun = (run: World['runs']['rollup']) =>
  run === undefined
    ? null
    : { startedAt: isoOf(run.startedAtMs), finishedAt: isoOf(run.startedAtMs), details: run.details }

/** @param window - the days whose restatements count; all of them without. */
export const expectedFreshness = (world: World, owner: number, window?: Window) => {
  const waiting = world.dirty.filter((entry) => entry.owner === owner)
  const oldest = waiting.length === 0 ? null : Math.min(...waiting.map(({ atMs }) => atMs))
  const isKnown = world.runs.rollup !== undefined || world.runs.backfill !== undefined
  const lastRun = expectedRun(world.runs.rollup)
  return {
    completeThrough: isKnown ? isoOrNull(oldest ?? world.nowMs) : null,
    completeThroughReason: isKnown ? null : 'never_rolled_up',
    backlog: waiting.length,
    oldestDirtyAgeMs: oldest === null ? null : world.nowMs - oldest,
    oldestDirtyAgeReason: oldest === null ? 'no_backlog' : null,
    lastRun,
    lastRunReason: lastRun === null ? 'never_rolled_up' : null,
    restatementsInLast7Days: world.restatements.filter(
      (one) =>
        one.owner === owner &&
        one.atMs > world.nowMs - 7 * dayMs &&
        (window === undefined || isIn(one.day, window)),
    ).length,
    eventsKnownMissing: 0,
  }
}

/** Null where a day of a trend is not known. */
export const expectedTrend = (world: World, owner: number, window: Window, tenant?: string) => {
  const isUnknown = isNeverRolledUp(world, owner)
  return daysOf(window).map((day) => {
    const {
      durationSumMs: _sum,
      durationCount: _count,
      ...sums
    } = usedIn(world, owner, { from: day, to: day }, tenant)
    const activeReason = isUnknown ? 'never_rolled_up' : tenant === undefined ? null : 'one_tenant'
    const active = (days: number) =>
      activeReason === null ? countActive(world, owner, { from: addDays(day, 1 - days), to: day }) : null
    return {
      day,
      ...(isUnknown ? Object.fromEntries(Object.keys(sums).map((name) => [name, null])) : sums),
      dailyActiveTenants: active(1),
      weeklyActiveTenants: active(7),
      monthlyActiveTenants: active(30),
      reason: isUnknown ? 'never_rolled_up' : null,
      activeReason,
      isOpen: day >= dayOf(world.nowMs),
    }
  })
}

/** A tenant's row of the tenants. */
export const expectedTenantRow = (world: World, owner: number, window: Window, tenant: Tenant) => {
  const { id, createdMs, apiKeyMs, firstScanMs, activeDays, channel } = tenant
  const isUnknown = isNeverRolledUp(world, owner)
  const { durationSumMs, durationCount, ...sums } = usedIn(world, owner, window, id)
  const scans = sums.scansCompleted + sums.scansFailed
  const counted = {
    ...sums,
    scanSuccessRate: scans === 0 ? null : sums.scansCompleted / scans,
    avgScanDurationMs: durationCount === 0 ? null : Math.round(durationSumMs / durationCount),
    lastActiveDay: activeDays.at(-1) ?? null,
  }
  const row = {
    tenantId: id,
    channel,
    tenantCreatedAt: isoOrNull(createdMs),
    firstApiKeyAt: isoOrNull(apiKeyMs),
    firstScanAt: isoOrNull(firstScanMs),
    timeToFirstScanMs:
      createdMs === null || firstScanMs === null ? null : Math.max(0, firstScanMs - createdMs),
    ...(isUnknown ? Object.fromEntries(Object.keys(counted).map((name) => [name, null])) : counted),
  }
  const because: Record<string, string> = {
    channel: 'not_attributed',
    scanSuccessRate: 'no_scans',
    avgScanDurationMs: 'no_completed_scans',
  }
  const reasons = Object.entries(row)
    .filter(([, value]) => value === null)
    .map(([name]) => [name, isUnknown && name in counted ? 'never_rolled_up' : (because[name] ?? 'not_seen')])
  return { ...row, reasons: Object.fromEntries(reasons) }
}

export const firstReceivedDay = (world: World, owner: number): string | null => {
  const ms = firstReceivedMs(world, owner)
  return ms === null ? null : dayOf(ms)
}

/** Between the two nearest, rounded; null for an empty list. */
export const percentileOf = (values: readonly number[], share: number): number | null => {
  if (values.length === 0) return null
  const sorted = values.toSorted((left, right) => left - right)
  const place = share * (sorted.length - 1)
  const [below = 0, above = below] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]]
  return Math.round(below + (above - below) * (place - Math.floor(place)))
}
