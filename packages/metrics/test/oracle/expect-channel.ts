import { expectedDurations, hasReturned } from './expect-funnel.ts'
import { type Created, cohortIn, daysOf, expectedFreshness, isNeverRolledUp, type Window } from './facts.ts'
import { dayOf, type World } from './world.ts'

interface ChannelQuestion {
  window: Window
  horizonDays: number
  /** By its one name. */
  channel: string
}

export const expectedChannel = (
  world: World,
  owner: number,
  { window, horizonDays, channel }: ChannelQuestion,
) => {
  const isUnknown = isNeverRolledUp(world, owner)
  const channelOf = ({ hasLead, capture, channel: written }: Created) =>
    hasLead ? (capture?.first.channel ?? written) : 'none'
  const cohort = cohortIn(world, owner, window).filter((tenant) => channelOf(tenant) === channel)
  const withScan = (tenants: readonly Created[]) =>
    tenants.filter(({ firstScanMs }) => firstScanMs !== null).length
  const partsBy = (by: 'campaign' | 'landing_path') => {
    const parts = new Map<string, Created[]>()
    for (const tenant of cohort) {
      if (!tenant.hasLead) continue
      const name = tenant.capture?.first[by] ?? 'unknown'
      parts.set(name, [...(parts.get(name) ?? []), tenant])
    }
    return [...parts]
      .map(([name, tenants]) => ({
        name,
        tenantsCreated: tenants.length,
        tenantsWithFirstScan: withScan(tenants),
        tenantsReturned: isUnknown
          ? null
          : tenants.filter((tenant) => hasReturned(tenant, horizonDays)).length,
      }))
      .sort((left, right) => right.tenantsCreated - left.tenantsCreated || (left.name < right.name ? -1 : 1))
  }
  return {
    ok: true,
    window,
    channel,
    tenantsCreated: cohort.length,
    returnsReason: isUnknown ? 'never_rolled_up' : null,
    timeToFirstScan: expectedDurations(cohort, 'firstScan', 'no_first_scans'),
    trend: daysOf(window).map((day) => {
      const created = cohort.filter(({ createdMs }) => dayOf(createdMs) === day)
      return { day, tenantsCreated: created.length, tenantsWithFirstScan: withScan(created) }
    }),
    campaigns: partsBy('campaign'),
    landingPages: partsBy('landing_path'),
    freshness: expectedFreshness(world, owner, window),
  }
}
