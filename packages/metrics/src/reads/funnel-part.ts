import type { Day } from '../days.ts'
import type { MarketingDay } from '../responses/channels-response.ts'
import { defaultHorizonDays, type Horizon } from '../responses/conversion.ts'
import type { Funnel } from '../responses/funnel.ts'
import type { Window } from '../responses/metric.ts'
import type { NullReason } from '../responses/reasons.ts'
import { type CohortCount, cohortCounts } from '../responses/tenants-response.ts'
import { activeInSql } from './active-in.ts'
import { cohortOf, tooYoungDays } from './cohort.ts'
import { alikeOf, conversionsPart, toConversions } from './conversions-part.ts'
import { durationsPart, toDurations } from './durations-part.ts'
import { neverRolledUpPart } from './freshness-part.ts'
import { ratio } from './ratios.ts'
import { type Part, part, type ReadContext } from './read-snapshot.ts'

export interface FunnelOptions {
  window: Window
  /** The host's property whose daily rollups count visitors and leads. */
  marketingPropertyId: string
  /** How many days a tenant has to convert. @default 14 */
  horizonDays?: Horizon | undefined
}

interface RawFunnel extends Record<CohortCount, number> {
  activeTenants: number
  marketing: Marketing
}

/** What the host counted in the window, on how many days, and the last day that it ever counted. */
interface Marketing {
  visitors: number
  leads: number
  days: number
  through: string | null
}

/** The parts of the funnel of a window (decisions/0010); {@link toFunnel} puts them together. */
export const funnelParts = (context: ReadContext, options: FunnelOptions) => {
  const { window, horizonDays = defaultHorizonDays } = options
  const cohort = cohortOf(context, window)
  const alike = alikeOf(context, { cohort, horizonDays, key: 'NULL::text', counts: cohortCounts })
  return {
    funnelCounts: countsPart(context, { ...options, alike }),
    conversionGroups: conversionsPart(alike),
    durations: durationsPart(cohort),
    neverRolledUp: neverRolledUpPart(context),
  }
}

type Read<Parts> = { [Name in keyof Parts]: Parts[Name] extends Part<infer Result> ? Result : never }

const countsPart = (
  context: ReadContext,
  { alike, ...options }: FunnelOptions & { alike: string },
): Part<RawFunnel> => {
  const { param, tables } = context
  const { window } = options
  const [from, to] = [param(window.from, 'date'), param(window.to, 'date')]
  const counted = cohortCounts.map((name) => `'${name}', COALESCE(sum("${name}"), 0)`)
  return part(
    `SELECT json_build_object(
      ${counted.join(',\n      ')},
      'activeTenants', (
        SELECT count(*) FROM ${tables.tenantActivity} activity WHERE ${activeInSql(tables, { activity: 'activity', from, to })}
      ),
      'marketing', (${marketingSql(context, options)})
    ) FROM ${alike}`,
  )
}

/** SQL of what the host counted in the window, as one JSON value. */
export const marketingSql = (context: ReadContext, options: FunnelOptions): string => {
  const { tables, param } = context
  const property = param(options.marketingPropertyId, 'text')
  return `SELECT json_build_object(
    'visitors', COALESCE(sum(unique_visitors), 0), 'leads', COALESCE(sum(new_leads), 0), 'days', count(*),
    'through', (SELECT to_char(max(day), 'YYYY-MM-DD') FROM ${tables.dailyMetricRollups} WHERE property_id = ${property})
  )
  FROM ${countedByHostSql(context, options)}`
}

/** The same by day, the oldest first. */
export const marketingDaysPart = (context: ReadContext, options: FunnelOptions): Part<MarketingDay[]> =>
  part(
    `SELECT COALESCE(json_agg(json_build_array(day, unique_visitors, new_leads) ORDER BY day), '[]')
    FROM ${countedByHostSql(context, options)}`,
    (days: [Day, number, number][]) => days.map(([day, visitors, leads]) => ({ day, visitors, leads })),
  )

const countedByHostSql = (
  { tables, param }: ReadContext,
  { window, marketingPropertyId }: FunnelOptions,
): string =>
  `${tables.dailyMetricRollups}
  WHERE property_id = ${param(marketingPropertyId, 'text')}
    AND day BETWEEN ${param(window.from, 'date')} AND ${param(window.to, 'date')}`

export const toFunnel = (
  read: Read<ReturnType<typeof funnelParts>>,
  { horizonDays = defaultHorizonDays }: Pick<FunnelOptions, 'horizonDays'>,
): Funnel => {
  const { funnelCounts: raw, durations, neverRolledUp } = read
  const { tenantsCreated, marketing } = raw
  const ofTenants = (count: number) => ratio(count, tenantsCreated, 'no_tenants_created')
  // Only the rollups know these.
  const rolledUp = (count: number) => (neverRolledUp ? null : count)
  const rateRolledUp = (count: number) =>
    neverRolledUp
      ? { value: null, count: 0, base: tenantsCreated, reason: 'never_rolled_up' as const }
      : ofTenants(count)
  const ofMarketing = (count: number, divisor: number, reason: NullReason) =>
    ratio(count, divisor, marketing.days === 0 ? 'marketing_not_rolled_up' : reason)
  const whyNone = (reason: NullReason): NullReason => (tenantsCreated === 0 ? 'no_tenants_created' : reason)
  const toFirstScan = toDurations(durations.firstScan, whyNone('no_first_scans'))
  return {
    marketingVisitors: marketing.visitors,
    leadsCaptured: marketing.leads,
    leadsCapured: marketing.leads,
    tenantsCreated,
    tenantsWithApiKey: raw.tenantsWithApiKey,
    tenantsWithFirstScan: raw.tenantsWithFirstScan,
    tenantsActive30d: rolledUp(raw.tenantsActive30d),
    tenantsReturned: rolledUp(raw.tenantsReturned),
    tenantsWithLead: raw.tenantsWithLead,
    tenantsWithScanButNoApiKey: raw.tenantsWithScanButNoApiKey,
    tenantsTooYoung: raw.tenantsTooYoung,
    tooYoungDays,
    activeTenants: rolledUp(raw.activeTenants),
    marketingDaysCovered: marketing.days,
    marketingRolledUpThrough: marketing.through,
    rates: {
      visitorToLeadRatio: ofMarketing(marketing.leads, marketing.visitors, 'no_visitors'),
      leadToTenantRatio: ofMarketing(raw.tenantsWithLead, marketing.leads, 'no_leads'),
      apiKeyCreationRate: ofTenants(raw.tenantsWithApiKey),
      activationRate: ofTenants(raw.tenantsWithFirstScan),
      returnRate: rateRolledUp(raw.tenantsReturned),
      active30dRate: rateRolledUp(raw.tenantsActive30d),
    },
    conversions: toConversions(read.conversionGroups, { horizonDays, neverRolledUp }),
    durations: {
      apiKey: toDurations(durations.apiKey, whyNone('no_api_keys')),
      firstScan: toFirstScan,
      returned: toDurations(durations.returned, whyNone(neverRolledUp ? 'never_rolled_up' : 'no_returns')),
    },
    medianTimeToFirstScanMs: { value: toFirstScan.p50Ms, reason: toFirstScan.reason },
    reasons: {
      ...(neverRolledUp && {
        tenantsActive30d: 'never_rolled_up',
        tenantsReturned: 'never_rolled_up',
        activeTenants: 'never_rolled_up',
      }),
      ...(marketing.through === null && { marketingRolledUpThrough: 'marketing_not_rolled_up' }),
    },
  }
}
