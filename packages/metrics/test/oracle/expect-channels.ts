import {
  expectedConversions,
  expectedFunnel,
  hasReturned,
  marketingIn,
  wasActive30d,
} from './expect-funnel.ts'
import {
  type Created,
  cohortIn,
  daysOf,
  expectedFreshness,
  isIn,
  isNeverRolledUp,
  quotient,
  type Window,
} from './facts.ts'
import { bestOf } from './statistics.ts'
import { channelNamed, channelNow, dayOf, keyOf, type World } from './world.ts'

export const dimensions = ['channel', 'source', 'medium', 'campaign', 'landing_path'] as const
export type Dimension = (typeof dimensions)[number]

interface ChannelsQuestion {
  window: Window
  horizonDays: number
  by: Dimension
  touch: 'first' | 'last'
}

interface Row {
  channel: string
  kind: 'channel' | 'no_lead' | 'remainder'
  visitors: number
  leads: number
  tenants: Created[]
}

export const expectedChannels = (world: World, owner: number, question: ChannelsQuestion) => {
  const { window, horizonDays, by, touch } = question
  const funnel = expectedFunnel(world, owner, window, horizonDays)
  const rows = rowsOf(world, owner, question)
  const left = (name: 'visitors' | 'leads', total: number) =>
    Math.max(0, total - rows.reduce((sum, row) => sum + row[name], 0))
  const [visitors, leads] = [left('visitors', funnel.marketingVisitors), left('leads', funnel.leadsCaptured)]
  if (visitors + leads > 0)
    rows.push({ channel: 'unattributed', kind: 'remainder', visitors, leads, tenants: [] })
  const expected = rows.map((row) => expectedRow(world, owner, row, question))
  const verdicts = verdictsOf(
    expected.filter(({ kind }) => kind === 'channel').map(({ conversions }) => conversions.returned),
    isNeverRolledUp(world, owner),
  )
  let ranked = 0
  return {
    ok: true,
    window,
    by,
    touch,
    channels: expected.map((row) => ({
      ...row,
      verdict: row.kind === 'channel' ? verdicts[ranked++] : notAChannel,
    })),
    totals: {
      visitors: funnel.marketingVisitors,
      leads: funnel.leadsCaptured,
      tenantsCreated: funnel.tenantsCreated,
      tenantsWithApiKey: funnel.tenantsWithApiKey,
      tenantsWithFirstScan: funnel.tenantsWithFirstScan,
      tenantsActive30d: funnel.tenantsActive30d,
      tenantsReturned: funnel.tenantsReturned,
    },
    marketingDays: marketingIn(world, owner, window)
      .days.map(({ day, visitors, leads }) => ({ day, visitors, leads }))
      .toSorted((left, right) => (left.day < right.day ? -1 : 1)),
    freshness: expectedFreshness(world, owner, window),
  }
}

const rowsOf = (world: World, owner: number, { window, by, touch }: ChannelsQuestion): Row[] => {
  const rows = new Map<string, Row>()
  const rowOf = (channel: string): Row => {
    const row = rows.get(channel) ?? { channel, kind: 'channel', visitors: 0, leads: 0, tenants: [] }
    rows.set(channel, row)
    return row
  }
  for (const day of daysOf(window)) {
    const counted = world.visitors.get(keyOf(owner, day))
    for (const first of counted ?? []) rowOf(first[by]).visitors += 1
    if (counted !== undefined || by !== 'channel') continue
    const [hosts] = marketingIn(world, owner, { from: day, to: day }).days
    for (const [source, visitors] of Object.entries(hosts?.sources ?? {}))
      rowOf(channelNamed(source)).visitors += visitors
  }
  for (const capture of world.captures) {
    if (capture.owner === owner && isIn(capture.day, window)) rowOf(capture[touch][by]).leads += 1
  }
  for (const lead of world.leads) {
    const isWaiting = lead.owner === owner && !lead.isDeleted && lead.capture === null
    if (!isWaiting || !isIn(dayOf(lead.capturedAtMs), window)) continue
    rowOf(by === 'channel' ? channelNow(world, lead) : 'unknown').leads += 1
  }
  const withoutLead: Row = { channel: 'none', kind: 'no_lead', visitors: 0, leads: 0, tenants: [] }
  for (const tenant of cohortIn(world, owner, window)) {
    const copied = tenant.capture?.[touch][by]
    const row = tenant.hasLead
      ? rowOf(copied ?? (by === 'channel' ? (tenant.channel as string) : 'unknown'))
      : withoutLead
    row.tenants.push(tenant)
  }
  return [...rows.values(), withoutLead].sort(
    (left, right) =>
      right.tenants.length - left.tenants.length ||
      right.leads - left.leads ||
      right.visitors - left.visitors ||
      (left.channel < right.channel ? -1 : left.channel > right.channel ? 1 : 0),
  )
}

const expectedRow = (
  world: World,
  owner: number,
  { channel, kind, visitors, leads, tenants }: Row,
  { window, horizonDays }: ChannelsQuestion,
) => {
  const isUnknown = isNeverRolledUp(world, owner)
  const created = tenants.length
  const active = tenants.filter((tenant) => wasActive30d(tenant, window.to)).length
  const returned = tenants.filter((tenant) => hasReturned(tenant, horizonDays)).length
  const withScan = tenants.filter(({ firstScanMs }) => firstScanMs !== null).length
  const share = (count: number) =>
    isUnknown
      ? { value: null, count: 0, base: created, reason: 'never_rolled_up' }
      : quotient(count, created, 'no_tenants_created')
  return {
    channel,
    kind,
    visitors,
    leads,
    tenantsCreated: created,
    tenantsWithApiKey: tenants.filter(({ apiKeyMs }) => apiKeyMs !== null).length,
    tenantsWithFirstScan: withScan,
    tenantsActive30d: isUnknown ? null : active,
    tenantsReturned: isUnknown ? null : returned,
    leadToTenantRatio:
      kind === 'remainder'
        ? { value: null, count: 0, base: leads, reason: 'not_attributed' }
        : quotient(created, leads, 'no_leads'),
    firstScanRate: quotient(withScan, created, 'no_tenants_created'),
    returnRate: share(returned),
    active30dRate: share(active),
    conversions: expectedConversions(world, owner, tenants, horizonDays),
  }
}

const unjudged = { verdict: null, shrunkRate: null, probabilityAhead: null, probabilityBest: null }
const notAChannel = { ...unjudged, reason: 'not_a_channel' }

/** A channel's own counts and twenty tenants at the rate of all. */
const verdictsOf = (channels: readonly { count: number; n: number }[], isUnknown: boolean) => {
  if (isUnknown) return channels.map(() => ({ ...unjudged, reason: 'never_rolled_up' }))
  const sum = (chosen: readonly { count: number; n: number }[]) => ({
    count: chosen.reduce((total, { count }) => total + count, 0),
    n: chosen.reduce((total, { n }) => total + n, 0),
  })
  const all = sum(channels)
  const usual = (all.count + 0.5) / (all.n + 1)
  const believed = ({ count, n }: { count: number; n: number }) => ({
    a: count + 20 * usual,
    b: n - count + 20 * (1 - usual),
  })
  const ranked = channels.filter(({ n }) => n >= 20)
  const best = bestOf(ranked.map(believed))
  return channels.map((channel) => {
    const { a, b } = believed(channel)
    const place = ranked.indexOf(channel)
    if (place < 0) return { ...unjudged, verdict: 'too_few', shrunkRate: a / (a + b), reason: 'too_few' }
    const others = sum(channels.filter((other) => other !== channel))
    const [ahead = 0] = bestOf([{ a, b }, believed(others)])
    const margin = 0.05 / (2 * ranked.length)
    return {
      verdict: ahead > 1 - margin ? 'ahead' : ahead < margin ? 'behind' : 'undecided',
      shrunkRate: a / (a + b),
      probabilityAhead: ahead,
      probabilityBest: best[place],
      reason: null,
    }
  })
}
