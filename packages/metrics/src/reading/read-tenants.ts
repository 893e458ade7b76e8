import type { Database } from '@altcontext/webhook-store'
import type { Window } from '../responses/metric.ts'
import type { NullReason } from '../responses/reasons.ts'
import type { TenantRow, TenantSortKey, TenantsResponse } from '../responses/tenants-response.ts'
import { type ChannelNames, normaliseChannel } from '../touches/normalise-channel.ts'
import { freshnessPart, neverRolledUpPart } from './freshness-part.ts'
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
  /** The host's own names for channels. */
  channelNames?: ChannelNames | undefined
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
  const { tenants, freshness, neverRolledUp } = await readSnapshot(database, options, (context) => ({
    tenants: tenantsPart(context, { window, search, ...page }),
    neverRolledUp: neverRolledUpPart(context),
    freshness: freshnessPart(context, window),
  }))
  return {
    ok: true,
    window,
    tenants: tenants.rows
      .map(({ channel, ...tenant }) => ({
        ...tenant,
        channel: channel === null ? null : normaliseChannel(channel, options.channelNames),
      }))
      .map(neverRolledUp ? toUnknownTenantRow : toTenantRow),
    page: { ...page, total: tenants.total },
    freshness,
  }
}

/** Sums of the window, or of no rollup. */
const sumsSql = `COALESCE(sums, '${JSON.stringify(noUsage)}'::jsonb)`
const sumSql = (name: keyof UsageSums): string => `(${sumsSql}->>'${name}')::numeric`

// What each sort key orders by.
const milestoneSort = {
  tenantId: 'tenant_id COLLATE "C"',
  channel: 'channel COLLATE "C"',
  tenantCreatedAt: 'tenant_created_at',
  firstApiKeyAt: 'first_api_key_at',
  firstScanAt: 'first_scan_at',
  timeToFirstScanMs: 'time_to_first_scan_ms',
}
const usageSort = {
  scansCompleted: sumSql('scansCompleted'),
  scansFailed: sumSql('scansFailed'),
  scanSuccessRate: `${sumSql('scansCompleted')} / NULLIF(${sumSql('scansCompleted')} + ${sumSql('scansFailed')}, 0)`,
  mediaProcessed: sumSql('mediaProcessed'),
  identitiesDetected: sumSql('identitiesDetected'),
  avgScanDurationMs: `${sumSql('durationSumMs')} / NULLIF(${sumSql('durationCount')}, 0)`,
  clustersCreated: sumSql('clustersCreated'),
  suggestionsGenerated: sumSql('suggestionsGenerated'),
  suggestionsResolved: sumSql('suggestionsResolved'),
}
const sortSql: Record<TenantSortKey, string> = {
  ...milestoneSort,
  ...usageSort,
  lastActiveDay: 'last_active_day',
}

/** A tenant as it is read: milestones, and the sums of the window. */
export interface RawTenant {
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
  const rollups = tables.serviceUsageRollups
  const inWindow = `day BETWEEN ${param(window.from, 'date')} AND ${param(window.to, 'date')}`
  const lastActiveDayOf = (tenant: string) => `LEFT JOIN LATERAL (
      SELECT day AS last_active_day FROM ${rollups}
      WHERE tenant_id = ${tenant}.tenant_id AND scans_completed > 0 ORDER BY day DESC LIMIT 1
    ) activity ON true`
  // Only what is sorted by is looked up for every tenant; the rest for those of the page.
  const sortJoin = (): string => {
    if (sort in milestoneSort) return ''
    if (sort === 'lastActiveDay') return lastActiveDayOf('tenant')
    return `LEFT JOIN (
      SELECT tenant_id, jsonb_build_object(${usageSumsSql}) AS sums
      FROM ${rollups} WHERE ${inWindow} GROUP BY tenant_id
    ) used USING (tenant_id)`
  }
  return part(
    // Tenants that have rollups: from one id to the next by index, because they are few among many rollups.
    `WITH RECURSIVE counted AS (
      (SELECT tenant_id FROM ${rollups} ORDER BY tenant_id LIMIT 1)
      UNION ALL
      SELECT (
        SELECT tenant_id FROM ${rollups} WHERE tenant_id > counted.tenant_id ORDER BY tenant_id LIMIT 1
      )
      FROM counted WHERE tenant_id IS NOT NULL
    ),
    tenant AS (
      SELECT tenant_id, COALESCE(first_channel, channel) AS channel, tenant_created_at, first_api_key_at, first_scan_at,
        GREATEST(round(extract(epoch FROM first_scan_at - tenant_created_at) * 1000),
          CASE WHEN first_scan_at IS NOT NULL AND tenant_created_at IS NOT NULL THEN 0 END) AS time_to_first_scan_ms
      FROM ${tables.tenantMilestones}
      LEFT JOIN (
        SELECT tenant_id, first_channel FROM ${tables.tenantCaptures} linked
        JOIN ${tables.leadCaptures} capture ON capture.id = linked.capture_id
      ) captured USING (tenant_id)
      FULL JOIN (SELECT tenant_id FROM counted WHERE tenant_id IS NOT NULL) counted USING (tenant_id)
      WHERE strpos(lower(tenant_id), lower(${param(search, 'text')})) > 0
    ),
    page AS (
      SELECT tenant.*, row_number() OVER (ORDER BY ${sortSql[sort]} ${order} NULLS LAST, tenant_id COLLATE "C") AS position
      FROM tenant ${sortJoin()}
      ORDER BY position
      LIMIT ${param(limit, 'int')} OFFSET ${param(offset, 'int')}
    )
    SELECT json_build_object(
      'total', (SELECT count(*) FROM tenant),
      'rows', COALESCE(json_agg(json_build_object(
        'tenantId', tenant_id, 'channel', channel,
        'tenantCreatedAt', ${isoSql('tenant_created_at')}, 'firstApiKeyAt', ${isoSql('first_api_key_at')},
        'firstScanAt', ${isoSql('first_scan_at')}, 'timeToFirstScanMs', time_to_first_scan_ms,
        'lastActiveDay', ${daySql('last_active_day')}, 'usage', sums
      ) ORDER BY position), '[]')
    )
    FROM page
    CROSS JOIN LATERAL (
      SELECT jsonb_build_object(${usageSumsSql}) AS sums
      FROM ${rollups} WHERE tenant_id = page.tenant_id AND ${inWindow}
    ) used
    ${lastActiveDayOf('page')}`,
    (raw: { total: number; rows: RawTenant[] }) => raw,
  )
}

export const toTenantRow = ({ usage, ...tenant }: RawTenant): TenantRow => {
  const { durationSumMs: _sum, durationCount: _count, ...counts } = usage
  const successRate = ratio(usage.scansCompleted, usage.scansCompleted + usage.scansFailed, 'no_scans')
  const duration = averageDuration(usage)
  const row = {
    ...tenant,
    ...counts,
    scanSuccessRate: successRate.value,
    avgScanDurationMs: duration.value,
  }
  const whyNull: Partial<Record<keyof TenantRow['reasons'] & string, NullReason | null>> = {
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

/** Before the first rollup: what it would count is unknown, not 0. */
export const toUnknownTenantRow = (tenant: RawTenant): TenantRow => {
  const row = toTenantRow(tenant)
  const usage = [
    'scansCompleted',
    'scansFailed',
    'mediaProcessed',
    'identitiesDetected',
    'clustersCreated',
    'suggestionsGenerated',
    'suggestionsResolved',
    'scanSuccessRate',
    'avgScanDurationMs',
    'lastActiveDay',
  ] as const
  const each = <Value>(value: Value) => Object.fromEntries(usage.map((name) => [name, value]))
  return { ...row, ...each(null), reasons: { ...row.reasons, ...each('never_rolled_up' as const) } }
}
