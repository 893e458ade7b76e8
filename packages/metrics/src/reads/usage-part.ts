import { type Day, daysBetween } from '../days.ts'
import type { Quantity, Window } from '../responses/metric.ts'
import type { DeltaReason } from '../responses/reasons.ts'
import type { Usage } from '../responses/service-usage-response.ts'
import { coveredSinceSql } from '../rollups/received-since.ts'
import { metric, ratio } from './ratios.ts'
import { daySql, type Part, part, type ReadContext } from './read-snapshot.ts'

/** The sums of a window, as the rollups have them. */
export interface UsageSums {
  scansCompleted: number
  scansFailed: number
  mediaProcessed: number
  identitiesDetected: number
  clustersCreated: number
  suggestionsGenerated: number
  suggestionsResolved: number
  durationSumMs: number
  durationCount: number
}

/** The column of each sum. */
export const sumColumns = {
  scansCompleted: 'scans_completed',
  scansFailed: 'scans_failed',
  mediaProcessed: 'media_processed',
  identitiesDetected: 'identities_detected',
  clustersCreated: 'clusters_created',
  suggestionsGenerated: 'suggestions_generated',
  suggestionsResolved: 'suggestions_resolved',
  durationSumMs: 'scan_duration_sum_ms',
  durationCount: 'scan_duration_count',
} satisfies Record<keyof UsageSums, string>

const sumNames = Object.keys(sumColumns) as (keyof UsageSums)[]

/** JSON pairs of all {@link UsageSums}. */
export const usageSumsSql = Object.entries(sumColumns)
  .map(([name, column]) => `'${name}', COALESCE(sum(${column}), 0)`)
  .join(', ')

interface UsageScope {
  window: Window
  /** @default all tenants */
  tenantId: string | undefined
}

/** `FROM` and `WHERE`: the rollups of one tenant, or the totals of all. */
const usageRowsSql = ({ tables, param }: ReadContext, { window, tenantId }: UsageScope): string => {
  const inWindow = `day BETWEEN ${param(window.from, 'date')} AND ${param(window.to, 'date')}`
  return tenantId === undefined
    ? `FROM ${tables.serviceUsageDailyTotals} WHERE ${inWindow}`
    : `FROM ${tables.serviceUsageRollups} WHERE ${inWindow} AND tenant_id = ${param(tenantId, 'text')}`
}

/** Sums over a window, of one tenant or of all. */
export const usageSumsPart = (context: ReadContext, scope: UsageScope): Part<UsageSums> =>
  part(`SELECT json_build_object(${usageSumsSql}) ${usageRowsSql(context, scope)}`)

export interface DailySums extends UsageSums {
  day: Day
}

/** One row for every day of the window. The sums of the window are theirs: they are read once. */
export const dailySumsPart = (context: ReadContext, scope: UsageScope): Part<DailySums[]> => {
  const { from, to } = scope.window
  const sums = sumNames.map((name) => `sum(${sumColumns[name]})`)
  return part(
    // As lists: writing nine names for each day of a year would take longer than adding up its sums.
    `SELECT COALESCE(json_agg(sums), '[]') FROM (
       SELECT json_build_array(day, ${sums.join(', ')}) AS sums ${usageRowsSql(context, scope)} GROUP BY day
     ) used`,
    (days: [day: Day, ...sums: number[]][]) => {
      const used = new Map(days.map((row) => [row[0], row]))
      return daysBetween(from, to).map((day): DailySums => {
        const row = used.get(day)
        return { day, ...toSums((_, index) => Number(row?.[index + 1] ?? 0)) }
      })
    },
  )
}

export const sumOf = (days: readonly DailySums[]): UsageSums =>
  toSums((name) => days.reduce((sum, day) => sum + day[name], 0))

const toSums = (sumAt: (name: keyof UsageSums, index: number) => number): UsageSums => {
  const sums = {} as UsageSums
  for (const [index, name] of sumNames.entries()) sums[name] = sumAt(name, index)
  return sums
}

/** Whether the numbers of a window and of the one before it can be compared. */
export interface Coverage {
  /** The first day on which an event was received, whatever its clock said; for a customer of the host, that customer's. */
  firstDay: string | null
  /** Whether events of the previous window wait for the rollup: events of the tenant, if one was asked for. */
  previousPending: boolean
  /** When the tenant that was asked for was created. */
  tenantCreatedOn: string | null
}

export const coveragePart = (
  { tables, param, owner }: ReadContext,
  { window, tenantId }: UsageScope,
): Part<Coverage> => {
  const tenant = tenantId === undefined ? undefined : param(tenantId, 'text')
  return part(
    `SELECT json_build_object(
      'firstDay', (SELECT ${daySql(coveredSinceSql(tables, owner))}),
      'previousPending', EXISTS (
        SELECT FROM ${tables.serviceUsageDirty}
        WHERE day BETWEEN ${param(window.from, 'date')} AND ${param(window.to, 'date')}
          ${tenant === undefined ? '' : `AND tenant_id = ${tenant}`}
      ),
      'tenantCreatedOn', ${
        tenant === undefined
          ? 'NULL'
          : `(SELECT ${daySql('min(tenant_created_at)')} FROM ${tables.tenantMilestones} WHERE tenant_id = ${tenant})`
      }
    )`,
  )
}

interface Comparison {
  /** The sums of the days that can be compared. */
  compared: UsageSums
  previous: UsageSums | undefined
  neverRolledUp: boolean
  noDeltaBecause: DeltaReason | null
}

const rates: ReadonlySet<string> = new Set<keyof Usage>(['scanSuccessRate', 'suggestionResolutionRate'])

// Which direction is good. Failures follow the success rate: more scans bring more of them.
const betterWay: Partial<Record<keyof Usage, { judgedBy: keyof Usage; isMoreBetter: boolean }>> = {
  totalScansCompleted: { judgedBy: 'totalScansCompleted', isMoreBetter: true },
  totalScansFailed: { judgedBy: 'scanSuccessRate', isMoreBetter: true },
  scanSuccessRate: { judgedBy: 'scanSuccessRate', isMoreBetter: true },
  totalMediaProcessed: { judgedBy: 'totalMediaProcessed', isMoreBetter: true },
  totalIdentitiesDetected: { judgedBy: 'totalIdentitiesDetected', isMoreBetter: true },
  avgScanDurationMs: { judgedBy: 'avgScanDurationMs', isMoreBetter: false },
  totalClustersCreated: { judgedBy: 'totalClustersCreated', isMoreBetter: true },
  suggestionResolutionRate: { judgedBy: 'suggestionResolutionRate', isMoreBetter: true },
}

/** The `usage` block: roadmap §7, with undefined ratios null. */
export const toUsage = (
  sums: UsageSums,
  { compared, previous, neverRolledUp, noDeltaBecause }: Comparison,
): Usage => {
  const values = valuesOf(sums)
  const current = valuesOf(compared)
  const before = previous && valuesOf(previous)
  const names = Object.keys(values) as (keyof Usage)[]
  const changeOf = (name: keyof Usage) => {
    const now = current[name].value
    const then = before?.[name].value ?? null
    return noDeltaBecause !== null || now === null || then === null ? 0 : now - then
  }
  const judgementOf = (name: keyof Usage) => {
    const way = betterWay[name]
    const change = way === undefined || neverRolledUp ? 0 : changeOf(way.judgedBy)
    if (change === 0) return null
    return change > 0 === way?.isMoreBetter ? ('better' as const) : ('worse' as const)
  }
  const metrics = names.map((name) => {
    const unknown = { value: null, reason: 'never_rolled_up' as const }
    const change = {
      current: neverRolledUp ? unknown : current[name],
      previous: before?.[name],
      noDeltaBecause,
      isRate: rates.has(name),
    }
    const { value, reason } = neverRolledUp ? unknown : values[name]
    return [name, { ...metric({ value, reason }, change), judgement: judgementOf(name) }]
  })
  return Object.fromEntries(metrics)
}

const valuesOf = (sums: UsageSums): Record<keyof Usage, Quantity> => ({
  totalScansCompleted: measured(sums.scansCompleted),
  totalScansFailed: measured(sums.scansFailed),
  scanSuccessRate: ratio(sums.scansCompleted, sums.scansCompleted + sums.scansFailed, 'no_scans'),
  totalMediaProcessed: measured(sums.mediaProcessed),
  totalIdentitiesDetected: measured(sums.identitiesDetected),
  identitiesPerScan: ratio(sums.identitiesDetected, sums.scansCompleted, 'no_completed_scans'),
  avgScanDurationMs: averageDuration(sums),
  totalClustersCreated: measured(sums.clustersCreated),
  suggestionResolutionRate: ratio(
    sums.suggestionsResolved,
    sums.suggestionsGenerated,
    'no_suggestions_generated',
  ),
})

/** Whole milliseconds, divided once at the end. */
export const averageDuration = ({ durationSumMs, durationCount, scansCompleted }: UsageSums) => {
  const average = ratio(
    durationSumMs,
    durationCount,
    scansCompleted === 0 ? 'no_completed_scans' : 'no_durations',
  )
  return average.value === null ? average : { ...average, value: Math.round(average.value) }
}

const measured = (value: number): Quantity => ({ value, reason: null })
