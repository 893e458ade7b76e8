import { dayMs } from '../days.ts'
import type { Horizon } from '../responses/conversion.ts'
import type { Window } from '../responses/metric.ts'
import type { CohortCount } from '../responses/tenants-response.ts'
import { activeInSql } from './active-in.ts'
import type { ReadContext } from './read-snapshot.ts'

/**
 * The name of the cohort, one row per tenant created in the window: which stages it reached, each by itself. Conversions
 * after the window count; attribution is what it was, even if the lead is gone.
 */
export const cohortOf = (context: ReadContext, window: Window): string =>
  context.common('cohort', () => cohortSql(context, window))

const cohortSql = ({ tables, param }: ReadContext, { from, to }: Window): string => {
  const last = param(to, 'date')
  return `
    SELECT milestone.tenant_id, milestone.owner_id, tenant_created_at, first_api_key_at, first_scan_at, second_day, channel,
      attributed_at IS NOT NULL AS has_lead,
      ${activeInSql(tables, { activity: 'activity', from: `${last} - 29`, to: last })} AS is_active
    FROM ${tables.tenantMilestones} milestone
    LEFT JOIN ${tables.tenantActivity} activity
      ON activity.tenant_id = milestone.tenant_id AND activity.owner_id = milestone.owner_id
    WHERE tenant_created_at >= ${param(from, 'date')} AND tenant_created_at < ${last} + 1`
}

/** What a tenant of the cohort can convert to. */
export const conversionStages = ['apiKey', 'firstScan', 'returned'] as const

export type ConversionStage = (typeof conversionStages)[number]

/** SQL for the milliseconds from a tenant's creation to each stage, or null; of a return, whole UTC days. */
export const stageTimeSql: Record<ConversionStage, string> = {
  apiKey: 'GREATEST(round(extract(epoch FROM first_api_key_at - tenant_created_at) * 1000), 0)',
  firstScan: 'GREATEST(round(extract(epoch FROM first_scan_at - tenant_created_at) * 1000), 0)',
  returned: 'GREATEST((second_day - tenant_created_at::date)::bigint * 86400000, 0)',
}

/** A stage's time only where it was reached: `GREATEST` ignores nulls. */
export const stageReachedSql: Record<ConversionStage, string> = {
  apiKey: 'first_api_key_at IS NOT NULL',
  firstScan: 'first_scan_at IS NOT NULL',
  returned: 'second_day IS NOT NULL',
}

/** A tenant younger than this may still scan. */
export const tooYoungDays = 7

/** SQL that is true of the tenants of the cohort that a number of the funnel counts: the one definition of each. */
export const countedSql = (
  { nowMs, param }: ReadContext,
  count: CohortCount,
  horizonDays: Horizon,
): string => {
  const isMature = () =>
    `tenant_created_at <= ${param(new Date(nowMs - horizonDays * dayMs).toISOString(), 'timestamp(3)')}`
  const conditions: Record<CohortCount, () => string> = {
    tenantsCreated: () => 'true',
    tenantsWithApiKey: () => stageReachedSql.apiKey,
    tenantsWithFirstScan: () => stageReachedSql.firstScan,
    tenantsActive30d: () => 'is_active',
    tenantsReturned: () =>
      `${stageReachedSql.returned} AND ${stageTimeSql.returned} < ${param(horizonDays * dayMs, 'bigint')}`,
    tenantsMature: () => isMature(),
    tenantsMatureReturned: () => `${isMature()} AND ${conditions.tenantsReturned()}`,
    tenantsWithLead: () => 'has_lead',
    tenantsWithScanButNoApiKey: () => 'first_scan_at IS NOT NULL AND first_api_key_at IS NULL',
    tenantsTooYoung: () =>
      `first_scan_at IS NULL AND tenant_created_at > ${param(new Date(nowMs - tooYoungDays * dayMs).toISOString(), 'timestamp(3)')}`,
  }
  return conditions[count]()
}
