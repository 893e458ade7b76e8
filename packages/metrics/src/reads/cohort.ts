import { dayMs } from '../days.ts'
import type { Horizon } from '../responses/conversion.ts'
import type { Window } from '../responses/metric.ts'
import type { CohortCount } from '../responses/tenants-response.ts'
import { activeInSql } from './active-in.ts'
import type { ReadContext } from './read-snapshot.ts'

/**
 * The name of the cohort, one row per tenant created in the window: which stages it reached, each by itself. Conversions
 * after the window count; the attribution stays what it was, even if the lead is gone.
 *
 * @param columns - further columns of the tenants.
 */
export const cohortOf = (context: ReadContext, window: Window, columns: readonly string[] = []): string =>
  context.common('cohort', () => cohortSql(context, window, columns))

/** Who the tenants of a cohort are. Queries that only count them leave it out: it would be materialised for each of them. */
export const identity = ['milestone.tenant_id', 'milestone.owner_id']

/** The same tenants as SQL. */
export const cohortSql = (
  { tables, param }: ReadContext,
  { from, to }: Window,
  columns: readonly string[],
): string => {
  const last = param(to, 'date')
  const stageTimes = conversionStages.map((stage) => `${stageTimeSql[stage]} AS ${stageColumns[stage]}`)
  return `
    SELECT ${[...columns, 'tenant_created_at', 'attributed_at IS NOT NULL AS has_lead', ...stageTimes].join(',\n      ')},
      ${activeInSql(tables, { activity: 'activity', from: `${last} - 29`, to: last })} AS is_active
    FROM ${tables.tenantMilestones} milestone
    LEFT JOIN ${tables.tenantActivity} activity
      ON activity.tenant_id = milestone.tenant_id AND activity.owner_id = milestone.owner_id
    WHERE tenant_created_at >= ${param(from, 'date')} AND tenant_created_at < ${last} + 1`
}

/** What a tenant of the cohort can convert to. */
export const conversionStages = ['apiKey', 'firstScan', 'returned'] as const

export type ConversionStage = (typeof conversionStages)[number]

/** The cohort's column of each stage: milliseconds from the tenant's creation to it, null when it was not reached. */
export const stageColumns: Record<ConversionStage, string> = {
  apiKey: 'api_key_ms',
  firstScan: 'first_scan_ms',
  returned: 'returned_ms',
}

// Computed once for each tenant, as whole numbers: with PostgreSQL's decimals, the reports of a year took five times as long.
const msTo = (column: string): string =>
  `CASE WHEN ${column} < tenant_created_at THEN 0 ELSE round(date_part('epoch', ${column} - tenant_created_at) * 1000)::bigint END`

/** SQL for the milliseconds from a tenant's creation to each stage, at least 0, or null; for a return, in whole UTC days. */
export const stageTimeSql: Record<ConversionStage, string> = {
  apiKey: msTo('first_api_key_at'),
  firstScan: msTo('first_scan_at'),
  returned: `CASE WHEN second_day IS NOT NULL THEN GREATEST(second_day - tenant_created_at::date, 0)::bigint * ${dayMs} END`,
}

/** A tenant younger than this may still scan. */
export const tooYoungDays = 7

/** SQL that is true for tenants that were created at least the horizon before now. */
export const isMatureSql = ({ nowMs, param }: ReadContext, horizonDays: Horizon): string =>
  `tenant_created_at <= ${param(new Date(nowMs - horizonDays * dayMs).toISOString(), 'timestamp(3)')}`

/** SQL that is true for the tenants of the cohort that a number of the funnel counts: the only definition of each number. */
export const countedSql = (context: ReadContext, count: CohortCount, horizonDays: Horizon): string => {
  const { nowMs, param } = context
  const isMature = () => isMatureSql(context, horizonDays)
  const conditions: Record<CohortCount, () => string> = {
    tenantsCreated: () => 'true',
    tenantsWithApiKey: () => `${stageColumns.apiKey} IS NOT NULL`,
    tenantsWithFirstScan: () => `${stageColumns.firstScan} IS NOT NULL`,
    tenantsActive30d: () => 'is_active',
    tenantsReturned: () => `${stageColumns.returned} < ${param(horizonDays * dayMs, 'bigint')}`,
    tenantsMature: () => isMature(),
    tenantsMatureReturned: () => `${isMature()} AND ${conditions.tenantsReturned()}`,
    tenantsWithLead: () => 'has_lead',
    tenantsWithScanButNoApiKey: () =>
      `${stageColumns.firstScan} IS NOT NULL AND ${stageColumns.apiKey} IS NULL`,
    tenantsTooYoung: () =>
      `${stageColumns.firstScan} IS NULL AND tenant_created_at > ${param(new Date(nowMs - tooYoungDays * dayMs).toISOString(), 'timestamp(3)')}`,
  }
  return conditions[count]()
}
