import type { Database } from '@altcontext/webhook-store'
import type { Window } from '../responses/metric.ts'
import type { NullReason } from '../responses/reasons.ts'
import type { TenantRow, TenantSortKey, TenantsResponse } from '../responses/tenants-response.ts'
import { type ChannelNames, normaliseChannel } from '../touches/normalise-channel.ts'
import { stageTimeSql } from './cohort.ts'
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
import { readTenantCursor, type TenantCursor, writeTenantCursor } from './tenant-cursor.ts'
import { activityJoin, tenantOrders } from './tenant-order.ts'
import { type AmongOptions, amongSql, readChannelKeys } from './tenants-among.ts'
import { averageDuration, type UsageSums, usageSumsSql } from './usage-part.ts'

export interface ReadTenantsOptions extends ReadOptions, AmongOptions {
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
  /** The page that follows, in the same order: `page.next` of the one before. Instead of `offset`. */
  after?: string | undefined
}

/**
 * Every tenant that is known, or that `search` finds, with its usage in the window.
 *
 * @throws {MetricsError} `invalid_request`, when `after` is not the cursor of a page in this order, or comes with `offset`.
 */
export const readTenants = async (
  database: Database,
  options: ReadTenantsOptions,
): Promise<TenantsResponse> => {
  const { window, search = '', sort = 'scansCompleted', order = 'desc' } = options
  const { limit = 50, offset = 0, after } = options
  const cursor = after === undefined ? undefined : readTenantCursor(after, { sort, order, offset })
  const asked = { window, search, sort, order, cursor, limit: limit + 1, offset }
  const channelKeys = await readChannelKeys(database, options)
  const { tenants, freshness, neverRolledUp } = await readSnapshot(database, options, (context) => ({
    tenants: tenantsPart(context, { ...asked, among: amongSql(context, options, channelKeys) }),
    neverRolledUp: neverRolledUpPart(context),
    freshness: freshnessPart(context, window),
  }))
  const rows = tenants.rows.slice(0, limit)
  const last = tenants.rows.length > limit ? rows.at(-1) : undefined
  return {
    ok: true,
    window,
    tenants: rows
      .map(({ channel, ownerId: _ownerId, sortValue: _sortValue, ...tenant }) => ({
        ...tenant,
        channel: channel === null ? null : normaliseChannel(channel, options.channelNames),
      }))
      .map(neverRolledUp ? toUnknownTenantRow : toTenantRow),
    page: {
      sort,
      order,
      limit,
      offset,
      total: tenants.total,
      next: last ? writeTenantCursor({ ...last, sort, order, value: last.sortValue }) : null,
    },
    freshness,
  }
}

/** A tenant as it is read: milestones, and the sums of the window. */
export interface RawTenant
  extends Pick<TenantRow, 'tenantId' | 'channel' | 'timeToFirstScanMs' | 'lastActiveDay' | Milestone> {
  usage: UsageSums
}

type Milestone = 'tenantCreatedAt' | 'firstApiKeyAt' | 'firstScanAt'

interface TenantsPartOptions
  extends Required<Pick<ReadTenantsOptions, 'window' | 'search' | 'limit' | 'offset'>> {
  sort: TenantSortKey
  order: 'asc' | 'desc'
  cursor: TenantCursor | undefined
  /** SQL that is true for the requested tenants. */
  among: string
}

type RawPage = { total: number; rows: (RawTenant & { ownerId: string; sortValue: string | null })[] }

const tenantsPart = (
  { tables, param }: ReadContext,
  { window, search, sort, order, cursor, limit, offset, among }: TenantsPartOptions,
): Part<RawPage> => {
  const inWindow = `day BETWEEN ${param(window.from, 'date')} AND ${param(window.to, 'date')}`
  const found =
    search === '' ? among : `${among} AND strpos(lower(tenant_id), lower(${param(search, 'text')})) > 0`
  const { type, value, join } = tenantOrders[sort]
  const collation = type === 'text' ? 'COLLATE "C"' : ''
  // Two customers of the host may have tenants with the same id.
  const inOrder = `sort_value ${collation} ${order} NULLS LAST, tenant_id COLLATE "C", owner_id COLLATE "C"`
  // Where a cursor continues: greater values, the same with a greater id, and those that have none.
  const afterCursor = ({ value: last, tenantId, ownerId }: TenantCursor): string => {
    const isLaterId = `(tenant_id COLLATE "C", owner_id COLLATE "C") > (${param(tenantId, 'text')}, ${param(ownerId, 'text')})`
    if (last === null) return `sort_value IS NULL AND ${isLaterId}`
    const lastValue = param(last, type)
    const beyond = `sort_value ${collation} ${order === 'asc' ? '>' : '<'} ${lastValue}`
    return `(${beyond} OR sort_value = ${lastValue} AND ${isLaterId} OR sort_value IS NULL)`
  }
  return part(
    // Every tenant with a rollup has a row among the milestones.
    `WITH sorted AS (
      SELECT tenant_id, owner_id, ${value} AS sort_value FROM ${tables.tenantMilestones} ${join(tables, inWindow)} WHERE ${found}
    ),
    page AS (
      SELECT tenant_id, owner_id, sort_value FROM sorted ${cursor === undefined ? '' : `WHERE ${afterCursor(cursor)}`}
      ORDER BY ${inOrder} LIMIT ${param(limit, 'int')} OFFSET ${param(offset, 'int')}
    )
    SELECT json_build_object(
      'total', (SELECT count(*) FROM ${tables.tenantMilestones} WHERE ${found}),
      'rows', COALESCE(json_agg(json_build_object(
        'tenantId', tenant_id, 'ownerId', owner_id, 'channel', COALESCE(first_channel, channel), 'sortValue', sort_value::text,
        'tenantCreatedAt', ${isoSql('tenant_created_at')}, 'firstApiKeyAt', ${isoSql('first_api_key_at')},
        'firstScanAt', ${isoSql('first_scan_at')}, 'timeToFirstScanMs', ${stageTimeSql.firstScan},
        'lastActiveDay', ${daySql('last_day')}, 'usage', sums
      ) ORDER BY ${inOrder}), '[]')
    )
    FROM page
    JOIN ${tables.tenantMilestones} milestone USING (tenant_id, owner_id)
    ${activityJoin(tables)}
    CROSS JOIN LATERAL (
      SELECT jsonb_build_object(${usageSumsSql}) AS sums
      FROM ${tables.serviceUsageRollups}
      WHERE tenant_id = page.tenant_id AND owner_id = page.owner_id AND ${inWindow}
    ) used`,
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

/** Before the first rollup: the numbers that it would count are unknown, not 0. */
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
