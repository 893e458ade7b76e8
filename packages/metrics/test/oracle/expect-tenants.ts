import { expectedEvents, rawOf } from './expect-events.ts'
import { hasReturned, wasActive30d } from './expect-funnel.ts'
import {
  type Created,
  cohortIn,
  expectedFreshness,
  expectedTenantRow,
  expectedTrend,
  type Tenant,
  tenantOf,
  tenantsOf,
  usedIn,
  type Window,
} from './facts.ts'
import { dayMs } from './history.ts'
import { isBefore, isoOf, keyOf, type Touch, type World } from './world.ts'

interface TenantsQuestion {
  window: Window
  search: string
  sort: string
  order: 'asc' | 'desc'
  /** Only tenants of the cohort that a number of the funnel counts, or only of a channel. */
  among?: { counted: CohortCount; horizonDays: number; channel?: string }
}

export const cohortCounts = [
  'tenantsCreated',
  'tenantsWithApiKey',
  'tenantsWithFirstScan',
  'tenantsActive30d',
  'tenantsReturned',
  'tenantsMature',
  'tenantsMatureReturned',
  'tenantsWithLead',
  'tenantsWithScanButNoApiKey',
  'tenantsTooYoung',
] as const

type CohortCount = (typeof cohortCounts)[number]

const isCounted = (world: World, tenant: Created, { window, among }: TenantsQuestion): boolean => {
  if (among === undefined) return true
  const { counted, horizonDays, channel } = among
  const { createdMs, apiKeyMs, firstScanMs, hasLead } = tenant
  const isMature = createdMs <= world.nowMs - horizonDays * dayMs
  const counts: Record<CohortCount, boolean> = {
    tenantsCreated: true,
    tenantsWithApiKey: apiKeyMs !== null,
    tenantsWithFirstScan: firstScanMs !== null,
    tenantsActive30d: wasActive30d(tenant, window.to),
    tenantsReturned: hasReturned(tenant, horizonDays),
    tenantsMature: isMature,
    tenantsMatureReturned: isMature && hasReturned(tenant, horizonDays),
    tenantsWithLead: hasLead,
    tenantsWithScanButNoApiKey: firstScanMs !== null && apiKeyMs === null,
    tenantsTooYoung: firstScanMs === null && createdMs > world.nowMs - 7 * dayMs,
  }
  return counts[counted] && (channel === undefined || (hasLead ? tenant.channel : 'none') === channel)
}

/** All that are found, on however many pages. */
export const expectedTenants = (world: World, owner: number, question: TenantsQuestion) => {
  const { window, search, sort, order } = question
  const asked: Tenant[] =
    question.among === undefined
      ? tenantsOf(world, owner)
      : cohortIn(world, owner, window).filter((tenant) => isCounted(world, tenant, question))
  const rows = asked
    .filter(({ id }) => id.toLowerCase().includes(search.toLowerCase()))
    .map((tenant) => expectedTenantRow(world, owner, window, tenant))
  // An average is sorted by before it is rounded.
  const durationOf = (id: string) => {
    const { durationSumMs, durationCount } = usedIn(world, owner, window, id)
    return durationCount === 0 ? null : durationSumMs / durationCount
  }
  const sortedBy = (row: (typeof rows)[number]): string | number | null =>
    sort === 'avgScanDurationMs'
      ? durationOf(row.tenantId)
      : ((row as unknown as Record<string, string | number | null>)[sort] ?? null)
  rows.sort((left, right) => {
    const [a, b] = [sortedBy(left), sortedBy(right)]
    if (a !== null && b !== null && a !== b) return (a < b ? -1 : 1) * (order === 'asc' ? 1 : -1)
    if ((a === null) !== (b === null)) return a === null ? 1 : -1
    return isBefore(left.tenantId, right.tenantId)
  })
  return {
    ok: true,
    window,
    tenants: rows,
    page: { sort, order, total: rows.length },
    freshness: expectedFreshness(world, owner, window),
  }
}

/** Undefined when nothing of it is known. */
export const expectedTenant = (
  world: World,
  owner: number,
  { tenant, window }: { tenant: string; window: Window },
) => {
  const isKnown =
    tenantsOf(world, owner).some(({ id }) => id === tenant) ||
    rawOf(world, owner).some((event) => event.tenant === tenant)
  if (!isKnown) return undefined
  const attributed = world.attributions.get(keyOf(owner, tenant))
  const known = tenantOf(world, owner, tenant)
  const lead = attributed?.lead.isDeleted === false ? attributed.lead : null
  const capture = known.capture ?? lead?.capture ?? null
  const touch = (which: 'first' | 'last') => {
    if (capture === null) return null
    const { landing_path, channel, source, medium, campaign } = capture[which]
    const visit: Partial<Touch> = lead?.capture?.[which] ?? {}
    return {
      channel,
      source,
      medium,
      campaign,
      landingPath: landing_path,
      touchedAt:
        visit.touchedAtMs === undefined || visit.touchedAtMs === null ? null : isoOf(visit.touchedAtMs),
      term: null,
      content: null,
      referrerHost: visit.referrerHost ?? null,
    }
  }
  return {
    ok: true,
    window,
    tenant: expectedTenantRow(world, owner, window, known),
    touches: {
      first: touch('first'),
      last: touch('last'),
      reason: capture === null ? 'not_attributed' : null,
    },
    trend: expectedTrend(world, owner, window, tenant),
    events: expectedEvents(world, owner, { tenant }),
    freshness: expectedFreshness(world, owner, window),
  }
}
