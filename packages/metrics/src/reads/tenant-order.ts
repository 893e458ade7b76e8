import type { Tables } from '@altcontext/webhook-store'
import type { TenantSortKey } from '../responses/tenants-response.ts'
import { stageTimeSql } from './cohort.ts'
import { sumColumns, type UsageSums } from './usage-part.ts'

/** The value by which a tenant is sorted. */
interface TenantOrder {
  /** PostgreSQL's type of the value. Instants and days are sorted by as numbers. */
  type: 'text' | 'numeric'
  value: string
  /** Where the value comes from, besides the tenant's milestones. */
  join(tables: Tables, inWindow: string): string
}

const ofMilestones = (type: TenantOrder['type'], value: string): TenantOrder => ({
  type,
  value,
  join: () => '',
})

const instant = (column: string): TenantOrder => ofMilestones('numeric', `extract(epoch FROM ${column})`)

const ofUsage = (value: string, unused: '0' | 'NULL'): TenantOrder => ({
  type: 'numeric',
  value: `COALESCE(used.value, ${unused})::numeric`,
  join: (tables, inWindow) => `LEFT JOIN (
      SELECT tenant_id, owner_id, ${value} AS value FROM ${tables.serviceUsageRollups}
      WHERE ${inWindow} GROUP BY tenant_id, owner_id
    ) used USING (tenant_id, owner_id)`,
})

const sum = (name: keyof UsageSums): string => `sum(${sumColumns[name]})`
const count = (name: keyof UsageSums): TenantOrder => ofUsage(sum(name), '0')
const quotient = (over: string, under: string): TenantOrder =>
  ofUsage(`${over}::numeric / NULLIF(${under}, 0)`, 'NULL')

export const activityJoin = (tables: Tables): string =>
  `LEFT JOIN (SELECT tenant_id, owner_id, last_day FROM ${tables.tenantActivity}) activity USING (tenant_id, owner_id)`

/** Only the value to sort by is looked up for every tenant; the others are looked up for the tenants of the page. */
export const tenantOrders: Readonly<Record<TenantSortKey, TenantOrder>> = {
  tenantId: ofMilestones('text', 'tenant_id'),
  channel: ofMilestones('text', 'COALESCE(first_channel, channel)'),
  tenantCreatedAt: instant('tenant_created_at'),
  firstApiKeyAt: instant('first_api_key_at'),
  firstScanAt: instant('first_scan_at'),
  timeToFirstScanMs: ofMilestones('numeric', stageTimeSql.firstScan),
  scansCompleted: count('scansCompleted'),
  scansFailed: count('scansFailed'),
  scanSuccessRate: quotient(sum('scansCompleted'), `${sum('scansCompleted')} + ${sum('scansFailed')}`),
  mediaProcessed: count('mediaProcessed'),
  identitiesDetected: count('identitiesDetected'),
  avgScanDurationMs: quotient(sum('durationSumMs'), sum('durationCount')),
  clustersCreated: count('clustersCreated'),
  suggestionsGenerated: count('suggestionsGenerated'),
  suggestionsResolved: count('suggestionsResolved'),
  lastActiveDay: { type: 'numeric', value: "(last_day - date '1970-01-01')::numeric", join: activityJoin },
}
