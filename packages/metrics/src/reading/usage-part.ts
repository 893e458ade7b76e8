import type { Window } from '../responses/metric.ts'
import type { DeltaReason } from '../responses/reasons.ts'
import type { Usage } from '../responses/service-usage-response.ts'
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

/** What a day or a tenant without rollups has. */
export const noUsage: UsageSums = Object.freeze({
  scansCompleted: 0,
  scansFailed: 0,
  mediaProcessed: 0,
  identitiesDetected: 0,
  clustersCreated: 0,
  suggestionsGenerated: 0,
  suggestionsResolved: 0,
  durationSumMs: 0,
  durationCount: 0,
})

const sumColumns = {
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
  part(`SELECT json_build_object(${usageSumsSql}) ${usageRowsSql(context, scope)}`, (sums: UsageSums) => sums)

export interface DailySums extends UsageSums {
  day: string
}

/** One row for every day of the window. The sums of the window are theirs: they are read once. */
export const dailySumsPart = (context: ReadContext, scope: UsageScope): Part<DailySums[]> => {
  const from = context.param(scope.window.from, 'date')
  const to = context.param(scope.window.to, 'date')
  return part(
    `SELECT json_agg(json_build_object('day', ${daySql('days.day')}, 'sums', used.sums) ORDER BY days.day)
     FROM (SELECT ${from} + step AS day FROM generate_series(0, ${to} - ${from}) AS step) days
     LEFT JOIN (
       SELECT day, json_build_object(${usageSumsSql}) AS sums
       ${usageRowsSql(context, scope)}
       GROUP BY day
     ) used ON used.day = days.day`,
    (days: { day: string; sums: UsageSums | null }[]) =>
      days.map(({ day, sums }): DailySums => ({ day, ...(sums ?? noUsage) })),
  )
}

export const sumOf = (days: readonly DailySums[]): UsageSums => {
  const names = Object.keys(sumColumns) as (keyof UsageSums)[]
  const sums = names.map((name) => [name, days.reduce((sum, day) => sum + day[name], 0)])
  return Object.fromEntries(sums)
}

/** What the numbers of a window and of the one before it are worth. */
export interface Coverage {
  /** The first day that has any usage. */
  firstDay: string | null
  /** Events of the previous window wait for the rollup. */
  previousPending: boolean
}

export const coveragePart = ({ tables, param }: ReadContext, previous: Window): Part<Coverage> =>
  part(
    `SELECT json_build_object(
      'firstDay', (SELECT ${daySql('min(day)')} FROM ${tables.serviceUsageRollups}),
      'previousPending', EXISTS (
        SELECT FROM ${tables.serviceUsageDirty}
        WHERE day BETWEEN ${param(previous.from, 'date')} AND ${param(previous.to, 'date')}
      )
    )`,
    (coverage: Coverage) => coverage,
  )

/** The `usage` block: roadmap §7, with undefined ratios null. */
export const toUsage = (
  sums: UsageSums,
  previous: UsageSums | undefined,
  { neverRolledUp, noDeltaBecause }: { neverRolledUp: boolean; noDeltaBecause: DeltaReason | null },
): Usage => {
  const current = valuesOf(sums)
  const before = previous && valuesOf(previous)
  const metrics = Object.entries(current).map(([name, value]) => [
    name,
    neverRolledUp
      ? metric({ value: null, reason: 'never_rolled_up' }, undefined, noDeltaBecause)
      : metric(value, before?.[name as keyof Usage], noDeltaBecause),
  ])
  return Object.fromEntries(metrics)
}

const valuesOf = (sums: UsageSums) => ({
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

const measured = (value: number) => ({ value, reason: null })
