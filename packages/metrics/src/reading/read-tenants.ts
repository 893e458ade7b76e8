import type { Database } from '@altcontext/webhook-store'
import type { Window } from '../responses/metric.ts'
import type { NullReason } from '../responses/reasons.ts'
import type { TenantRow, TenantSortKey, TenantsResponse } from '../responses/tenants-response.ts'
import { freshnessPart } from './freshness-part.ts'
import { ratio } from './ratios.ts'
import {
  daySql,
  isoSql,
  type Part,
  part,
  type ReadContext,
  type ReadOptions,
  readSnapshot,
} from './read-snapshot.ts'
import { averageDuration, noUsage, type UsageSums, usageSumsSql } from './usage-part.ts'

export interface ReadTenantsOptions extends ReadOptions {
  window: Window
  /** Only tenants whose id contains this, in any case. @default '' (all) */
  search?: string | undefined
  /** @default 'scansCompleted' */
  sort?: TenantSortKey | undefined
  /** Nulls come last either way. @default 'desc' */
  order?: 'asc' | 'desc' | undefined
  /** @default 50 */
  limit?: number | undefined
  /** @default 0 */
  offset?: number | undefined
}

/** Every tenant that is known, or that `search` finds, with its usage in the window. */
export const readTenants = async (
  database: Database,
  options: ReadTenantsOptions,
): Promise<TenantsResponse> => {
  const { window, search = '', sort = 'scansCompleted', order = 'desc', limit = 50, offset = 0 } = options
  const page = { sort, order, limit, offset }
  const { tenants, freshness } = await readSnapshot(database, options, (context) => ({
    tenants: tenantsPart(context, { window, search, ...page }),
    freshness: freshnessPart(context),
  }))
  return {
    ok: true,
    window,
    tenants: tenants.rows.map(toRow),
    page: { ...page, total: tenants.total },
    freshness,
  }
}

/** What each sort key orders by, in the columns of `tenant` below. */
const sortSql: Record<TenantSortKey, string> = {
  tenantId: 'tenant_id COLLATE "C"',
  channel: 'channel COLLATE "C"',
  tenantCreatedAt: 'tenant_created_at',
  firstApiKeyAt: 'first_api_key_at',
  firstScanAt: 'first_scan_at',
  timeToFirstScanMs: 'time_to_first_scan_ms',
  scansCompleted: `(usage->>'scansCompleted')::numeric`,
  scansFailed: `(usage->>'scansFailed')::numeric`,
  scanSuccessRate: `(usage->>'scansCompleted')::numeric / NULLIF((usage->>'scansCompleted')::numeric + (usage->>'scansFailed')::numeric, 0)`,
  mediaProcessed: `(usage->>'mediaProcessed')::numeric`,
  identitiesDetected: `(usage->>'identitiesDetected')::numeric`,
  avgScanDurationMs: `(usage->>'durationSumMs')::numeric / NULLIF((usage->>'durationCount')::numeric, 0)`,
  clustersCreated: `(usage->>'clustersCreated')::numeric`,
  suggestionsGenerated: `(usage->>'suggestionsGenerated')::numeric`,
  suggestionsResolved: `(usage->>'suggestionsResolved')::numeric`,
  lastActiveDay: 'last_active_day',
}

interface RawTenant {
  tenantId: string
  channel: string | null
  tenantCreatedAt: string | null
  firstApiKeyAt: string | null
  firstScanAt: string | null
  timeToFirstScanMs: number | null
  lastActiveDay: string | null
  usage: UsageSums
}

type TenantsPartOptions = Required<
  Pick<ReadTenantsOptions, 'window' | 'search' | 'sort' | 'order' | 'limit' | 'offset'>
>

const tenantsPart = (
  { tables, param }: ReadContext,
  { window, search, sort, order, limit, offset }: TenantsPartOptions,
): Part<{ total: number; rows: RawTenant[] }> => {
  const inWindow = `day BETWEEN ${param(window.from, 'date')} AND ${param(window.to, 'date')}`
  return part(
    `WITH used AS (
      SELECT tenant_id, max(day) FILTER (WHERE scans_completed > 0) AS last_active_day,
        jsonb_build_object(${usageSumsSql(inWindow)}) AS usage
      FROM ${tables.serviceUsageRollups}
      GROUP BY tenant_id
    ),
    tenant AS (
      SELECT tenant_id, channel, tenant_created_at, first_api_key_at, first_scan_at, last_active_day,
        GREATEST(round(extract(epoch FROM first_scan_at - tenant_created_at) * 1000),
          CASE WHEN first_scan_at IS NOT NULL AND tenant_created_at IS NOT NULL THEN 0 END) AS time_to_first_scan_ms,
        COALESCE(usage, '${JSON.stringify(noUsage)}'::jsonb) AS usage
      FROM ${tables.tenantMilestones} FULL JOIN used USING (tenant_id)
      WHERE strpos(lower(tenant_id), lower(${param(search, 'text')})) > 0
    ),
    page AS (
      SELECT *, row_number() OVER (ORDER BY ${sortSql[sort]} ${order} NULLS LAST, tenant_id COLLATE "C") AS position
      FROM tenant
      ORDER BY position
      LIMIT ${param(limit, 'int')} OFFSET ${param(offset, 'int')}
    )
    SELECT json_build_object(
      'total', (SELECT count(*) FROM tenant),
      'rows', COALESCE(json_agg(json_build_object(
        'tenantId', tenant_id, 'channel', channel,
        'tenantCreatedAt', ${isoSql('tenant_created_at')}, 'firstApiKeyAt', ${isoSql('first_api_key_at')},
        'firstScanAt', ${isoSql('first_scan_at')}, 'timeToFirstScanMs', time_to_first_scan_ms,
        'lastActiveDay', ${daySql('last_active_day')}, 'usage', usage
      ) ORDER BY position), '[]')
    ) FROM page`,
    (raw: { total: number; rows: RawTenant[] }) => raw,
  )
}

const toRow = ({ usage, ...tenant }: RawTenant): TenantRow => {
  const { durationSumMs: _sum, durationCount: _count, ...counts } = usage
  const successRate = ratio(usage.scansCompleted, usage.scansCompleted + usage.scansFailed, 'no_scans')
  const duration = averageDuration(usage)
  const row = {
    ...tenant,
    ...counts,
    scanSuccessRate: successRate.value,
    avgScanDurationMs: duration.value,
  }
  const whyNull: Record<keyof TenantRow['reasons'] & string, NullReason | null> = {
    channel: 'not_attributed',
    tenantCreatedAt: 'not_seen',
    firstApiKeyAt: 'not_seen',
    firstScanAt: 'not_seen',
    timeToFirstScanMs: 'not_seen',
    scanSuccessRate: successRate.reason,
    avgScanDurationMs: duration.reason,
    lastActiveDay: 'not_seen',
  }
  const reasons = Object.entries(whyNull).filter(([name]) => row[name as keyof typeof row] === null)
  return { ...row, reasons: Object.fromEntries(reasons) }
}
