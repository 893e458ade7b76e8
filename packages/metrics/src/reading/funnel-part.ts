import { dayMs } from '../days.ts'
import type { Funnel } from '../responses/funnel.ts'
import type { Window } from '../responses/metric.ts'
import type { NullReason } from '../responses/reasons.ts'
import { ratio } from './ratios.ts'
import { type Part, part, type ReadContext } from './read-snapshot.ts'

export interface FunnelOptions {
  window: Window
  /** The host's property whose daily rollups count visitors and leads. */
  marketingPropertyId: string
}

/** A tenant younger than this may still convert. */
export const tooYoungDays = 7

/**
 * The name of the cohort, one row per tenant created in the window: which stages it reached, each only if it reached
 * the one before. Conversions after the window count; attribution is what it was, even if the lead is gone.
 */
export const cohortOf = (context: ReadContext, window: Window): string =>
  context.common('cohort', () => cohortSql(context, window))

const cohortSql = ({ tables, param }: ReadContext, { from, to }: Window): string => {
  const last = param(to, 'date')
  return `
    SELECT tenant_id, tenant_created_at, first_scan_at, channel,
      attributed_at IS NOT NULL AS has_lead,
      first_api_key_at IS NOT NULL AS has_api_key,
      first_api_key_at IS NOT NULL AND first_scan_at IS NOT NULL AS has_first_scan,
      -- With LIMIT, so that PostgreSQL looks each tenant up instead of reading the month of all of them.
      first_api_key_at IS NOT NULL AND first_scan_at IS NOT NULL AND COALESCE((
        SELECT true FROM ${tables.serviceUsageRollups} rollup
        WHERE rollup.tenant_id = milestone.tenant_id AND rollup.scans_completed > 0
          AND rollup.day BETWEEN ${last} - 29 AND ${last}
        LIMIT 1
      ), false) AS is_active
    FROM ${tables.tenantMilestones} milestone
    WHERE tenant_created_at >= ${param(from, 'date')} AND tenant_created_at < ${last} + 1`
}

interface RawFunnel {
  tenantsCreated: number
  tenantsWithApiKey: number
  tenantsWithFirstScan: number
  tenantsActive30d: number
  tenantsWithLead: number
  tenantsWithScan: number
  tenantsTooYoung: number
  medianMs: number | null
  marketing: { visitors: number; leads: number; days: number }
}

/** The funnel of a window (decisions/0010). */
export const funnelPart = (
  context: ReadContext,
  { window, marketingPropertyId }: FunnelOptions,
): Part<Funnel> => {
  const { nowMs, param } = context
  const youngSince = new Date(nowMs - tooYoungDays * dayMs).toISOString()
  return part(
    `SELECT json_build_object(
      'tenantsCreated', count(*),
      'tenantsWithApiKey', count(*) FILTER (WHERE has_api_key),
      'tenantsWithFirstScan', count(*) FILTER (WHERE has_first_scan),
      'tenantsActive30d', count(*) FILTER (WHERE is_active),
      'tenantsWithLead', count(*) FILTER (WHERE has_lead),
      'tenantsWithScan', count(first_scan_at),
      'tenantsTooYoung', count(*) FILTER (
        WHERE first_scan_at IS NULL AND tenant_created_at > ${param(youngSince, 'timestamp(3)')}
      ),
      'medianMs', round((percentile_cont(0.5) WITHIN GROUP (ORDER BY
        GREATEST(extract(epoch FROM first_scan_at - tenant_created_at), 0) * 1000
      ) FILTER (WHERE first_scan_at IS NOT NULL))::numeric),
      'marketing', (${marketingSql(context, { window, marketingPropertyId })})
    ) FROM ${cohortOf(context, window)}`,
    toFunnel,
  )
}

/** SQL of what the host counted in the window, as one JSON value. */
const marketingSql = (
  { tables, param }: ReadContext,
  { window, marketingPropertyId }: FunnelOptions,
): string =>
  `SELECT json_build_object(
    'visitors', COALESCE(sum(unique_visitors), 0), 'leads', COALESCE(sum(new_leads), 0), 'days', count(*)
  )
  FROM ${tables.dailyMetricRollups}
  WHERE property_id = ${param(marketingPropertyId, 'text')}
    AND day BETWEEN ${param(window.from, 'date')} AND ${param(window.to, 'date')}`

const toFunnel = (raw: RawFunnel): Funnel => {
  const { tenantsCreated, tenantsWithScan, marketing } = raw
  const ofTenants = (count: number) => ratio(count, tenantsCreated, 'no_tenants_created')
  const ofMarketing = (count: number, divisor: number, reason: NullReason) =>
    ratio(count, divisor, marketing.days === 0 ? 'marketing_not_rolled_up' : reason)
  return {
    marketingVisitors: marketing.visitors,
    leadsCaptured: marketing.leads,
    leadsCapured: marketing.leads,
    tenantsCreated,
    tenantsWithApiKey: raw.tenantsWithApiKey,
    tenantsWithFirstScan: raw.tenantsWithFirstScan,
    tenantsActive30d: raw.tenantsActive30d,
    tenantsWithLead: raw.tenantsWithLead,
    tenantsWithScanButNoApiKey: tenantsWithScan - raw.tenantsWithFirstScan,
    tenantsTooYoung: raw.tenantsTooYoung,
    tooYoungDays,
    marketingDaysCovered: marketing.days,
    rates: {
      visitorToLeadRatio: ofMarketing(marketing.leads, marketing.visitors, 'no_visitors'),
      leadToTenantRatio: ofMarketing(raw.tenantsWithLead, marketing.leads, 'no_leads'),
      apiKeyCreationRate: ofTenants(raw.tenantsWithApiKey),
      activationRate: ofTenants(tenantsWithScan),
      active30dRate: ofTenants(raw.tenantsActive30d),
    },
    medianTimeToFirstScanMs:
      raw.medianMs === null
        ? { value: null, reason: tenantsCreated === 0 ? 'no_tenants_created' : 'no_first_scans' }
        : { value: raw.medianMs, reason: null },
  }
}
