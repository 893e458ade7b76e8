import { createTables, type Database } from '@altcontext/webhook-store'
import { addDays, type Day, dayOf, subtractMonths } from '../days.ts'
import { wrongTotalsSql } from './daily-totals.ts'
import { checkDayRange } from './day-range.ts'
import { computedColumns, computedCtes, rangeScope } from './recompute-statement.ts'
import { type JobOptions, patientMs } from './rollup-lock.ts'
import { recordedRun } from './run-log.ts'

export interface FindDiscrepanciesOptions extends JobOptions {
  /** The first UTC day. @default the first day within the rollups' retention */
  from?: Day | undefined
  /** The last UTC day, itself included. @default tomorrow: events may be a day ahead of the clock */
  to?: Day | undefined
  /** @default 24 */
  rollupRetentionMonths?: number | undefined
}

/** What {@link findDiscrepancies} found. */
export interface DiscrepancyReport {
  from: Day
  to: Day
  /** Tenant days compared. */
  compared: number
  /** Tenant days left out because they wait in the dirty log. */
  pending: number
  /** Tenant days whose rollup is not the sum of archive and raw events. */
  cells: number
  /** Days whose totals over all tenants are not the sums of their rollups. */
  days: number
  /** The first of the tenant days, at most twenty, with the columns that differ. */
  examples: { tenantId: string; day: Day; columns: string[] }[]
}

/**
 * Compares every rollup with archive plus raw events, and the totals of every day with its rollups, in one statement
 * on one snapshot, changing nothing. What waits in the dirty log is not a discrepancy. Repair with `rollupServiceUsage`.
 *
 * @throws {MetricsError} `invalid_request` when a day is not a valid date, or `from` is after `to`.
 */
export const findDiscrepancies = async (
  database: Database,
  options: FindDiscrepanciesOptions = {},
): Promise<DiscrepancyReport> => {
  const { schema, now = Date.now, rollupRetentionMonths = 24 } = options
  checkDayRange(options)
  const tables = createTables(schema)
  const from = options.from ?? subtractMonths(dayOf(now()), rollupRetentionMonths)
  const to = options.to ?? addDays(dayOf(now()), 1)
  return recordedRun(database, { tables, kind: 'discrepancy', now }, async () => {
    const [row] = await database.query<{ report: Omit<DiscrepancyReport, 'from' | 'to'> }>(
      statement(schema),
      [from, to],
      { timeoutMs: patientMs },
    )
    return { from, to, ...(row?.report ?? { compared: 0, pending: 0, cells: 0, days: 0, examples: [] }) }
  })
}

const statement = (schema: string | undefined): string => {
  const tables = createTables(schema)
  return `
WITH ${computedCtes(rangeScope(tables, 'tolerant'))},
pending AS (
  SELECT DISTINCT owner_id, tenant_id, day FROM ${tables.serviceUsageDirty} WHERE day BETWEEN $1::date AND $2::date
),
compared AS (
  SELECT owner_id, tenant_id, day, array_remove(ARRAY[${computedColumns
    .map((name) => `CASE WHEN computed.${name} IS DISTINCT FROM rollup.${name} THEN '${name}' END`)
    .join(', ')}], NULL) AS columns,
    computed.tenant_id IS NULL OR rollup.tenant_id IS NULL AS one_sided
  FROM computed
  FULL JOIN (
    SELECT * FROM ${tables.serviceUsageRollups} WHERE day BETWEEN $1::date AND $2::date
  ) rollup USING (tenant_id, day, owner_id)
  WHERE (tenant_id, day, owner_id) NOT IN (SELECT tenant_id, day, owner_id FROM pending)
),
wrong AS (
  SELECT tenant_id, day, columns FROM compared WHERE one_sided OR columns <> '{}'
)
SELECT json_build_object(
  'compared', (SELECT count(*) FROM compared),
  'pending', (SELECT count(*) FROM pending),
  'cells', (SELECT count(*) FROM wrong),
  'days', (SELECT count(*) FROM (${wrongTotalsSql(tables)}) wrong_totals),
  'examples', COALESCE((
    SELECT json_agg(json_build_object(
      'tenantId', tenant_id, 'day', to_char(day, 'YYYY-MM-DD'), 'columns', columns
    ) ORDER BY day, tenant_id)
    FROM (SELECT * FROM wrong ORDER BY day, tenant_id LIMIT 20) first_wrong
  ), '[]')
) AS report`
}
