import { addDays, dayMs } from '../days.ts'
import type { Freshness, Run } from '../responses/freshness.ts'
import type { Window } from '../responses/metric.ts'
import { isoSql, type Part, part, type ReadContext } from './read-snapshot.ts'
import { isRetiredSql } from './retired-producers.ts'

interface RawFreshness {
  backlog: number
  oldest: string | null
  everRolledUp: boolean
  lastRun: Run | null
  restatements: number
  closedThrough: string | null
  missing: number
}

/** How far the numbers of this snapshot can be trusted. */
export const freshnessPart = (context: ReadContext, window?: Window): Part<Freshness> => {
  const { tables, nowMs, param } = context
  const weekAgo = param(new Date(nowMs - 7 * dayMs).toISOString(), 'timestamp(3)')
  const isRetired = isRetiredSql(context)
  // Without a window, the missing events that somebody could still look into count; with one, those that its days lack.
  const isCounted =
    window === undefined
      ? `NOT ${isRetired}`
      : `gap ->> 'to' > ${param(window.from, 'text')} AND gap ->> 'from' < ${param(addDays(window.to, 1), 'text')}`
  const inWindow = window && `AND day BETWEEN ${param(window.from, 'date')} AND ${param(window.to, 'date')}`
  return part(
    `SELECT json_build_object(
      'backlog', count(*),
      'oldest', ${isoSql('min(appended_at)')},
      'everRolledUp', ${everRolledUpSql(tables.serviceUsageRuns)},
      'lastRun', ${runSql(tables.serviceUsageRuns, 'rollup')},
      'restatements', (
        SELECT count(*) FROM ${tables.restatements} WHERE restated_at > ${weekAgo} ${inWindow ?? ''}
      ),
      'closedThrough', (SELECT ${isoSql('min(closed_through)')} FROM ${tables.eventProducers} WHERE NOT ${isRetired}),
      'missing', (
        SELECT COALESCE(sum((gap ->> 'events')::int), 0)
        FROM ${tables.eventProducers} producer, jsonb_array_elements(producer.proof -> 'gaps') gap WHERE ${isCounted}
      )
    ) FROM ${tables.serviceUsageDirty}`,
    ({ backlog, oldest, everRolledUp, lastRun, restatements, closedThrough, missing }: RawFreshness) => ({
      completeThrough: everRolledUp ? earliest(oldest ?? new Date(nowMs).toISOString(), closedThrough) : null,
      completeThroughReason: everRolledUp ? null : 'never_rolled_up',
      backlog,
      oldestDirtyAgeMs: oldest === null ? null : Math.max(0, nowMs - Date.parse(oldest)),
      oldestDirtyAgeReason: oldest === null ? 'no_backlog' : null,
      lastRun,
      lastRunReason: lastRun === null ? 'never_rolled_up' : null,
      restatementsInLast7Days: restatements,
      eventsKnownMissing: missing,
    }),
  )
}

/** Both as ISO 8601 in UTC, so that their order as texts is that of time. */
const earliest = (instant: string, other: string | null): string =>
  other !== null && other < instant ? other : instant

/** SQL: whether a rollup or a backfill ever came to its end. */
export const everRolledUpSql = (runs: string): string =>
  `EXISTS (SELECT FROM ${runs} WHERE kind IN ('rollup', 'backfill') AND finished_at IS NOT NULL)`

/** SQL for the last run of a job as JSON, or null. */
export const runSql = (runs: string, kind: string): string => `(
  SELECT json_build_object(
    'startedAt', ${isoSql('started_at')}, 'finishedAt', ${isoSql('finished_at')},
    'details', COALESCE(details, '{}')
  ) FROM ${runs} WHERE kind = '${kind}'
)`

/** Events wait, and none was ever rolled up: numbers that only the rollups know are unknown. */
export const neverRolledUpPart = ({ tables }: ReadContext): Part<boolean> =>
  part(
    `SELECT to_json(NOT ${everRolledUpSql(tables.serviceUsageRuns)} AND EXISTS (SELECT FROM ${tables.serviceUsageDirty}))`,
  )
