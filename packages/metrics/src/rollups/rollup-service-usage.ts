import { createTables, type Database } from '@altcontext/webhook-store'
import { addDays, type Day, dayOf, daysBetween, subtractMonths } from '../days.ts'
import { analyzeTables, usageTables } from './analyze-tables.ts'
import { withTolerance } from './count-strictness.ts'
import { checkDayRange } from './day-range.ts'
import { noteFirstReceived, settleMilestones } from './received-since.ts'
import { type Recomputed, rangeScope, recompute } from './recompute-statement.ts'
import { readClosedBefore } from './restatements.ts'
import { type JobOptions, withRollupLock } from './rollup-lock.ts'
import { recordedRun } from './run-log.ts'

export interface RollupServiceUsageOptions extends JobOptions {
  /** The first UTC day. Days before the rollups' retention are left out. @default the first day with events */
  from?: Day | undefined
  /** The last UTC day, itself included. @default the last day with events */
  to?: Day | undefined
  /** @default 24 */
  rollupRetentionMonths?: number | undefined
  /** Days in one transaction. @default 7 */
  chunkDays?: number | undefined
  /** Called after each transaction. */
  onProgress?: ((progress: Readonly<BackfillProgress>) => void) | undefined
}

export interface BackfillProgress extends BackfillResult {
  /** The last day that is done. */
  doneThrough: Day
}

/** What {@link rollupServiceUsage} did. */
export interface BackfillResult {
  /** Null, like `to`, when there is nothing to roll up at all. */
  from: Day | null
  to: Day | null
  /** Tenant days with events. */
  cells: number
  /** Rollups written because they had changed. */
  changed: number
  /** Rollups deleted because their tenant day has no events any more. */
  removed: number
  /** Entries of the dirty log that were processed on the way. */
  entries: number
}

/**
 * Recomputes every rollup of a range of days from archives and raw events, whatever the dirty log says, and the
 * totals of the days from the rollups (backfill, repair). Running it again changes nothing. In the end it lets PostgreSQL analyse
 * the tables that have changed.
 *
 * @throws {MetricsError} `invalid_request` when a day is not a valid date, or `from` is after `to`.
 *
 * @example
 * await rollupServiceUsage(fromPg(pool), { from: '2026-01-14', to: '2026-02-13' })
 */
export const rollupServiceUsage = async (
  database: Database,
  options: RollupServiceUsageOptions = {},
): Promise<BackfillResult> => {
  const { schema, now = Date.now, chunkDays = 7, rollupRetentionMonths = 24, onProgress } = options
  checkDayRange(options)
  const tables = createTables(schema)
  const closedBefore = await database.transaction((tx) => readClosedBefore(tx, tables))
  return recordedRun(database, { tables, kind: 'backfill', now }, async () => {
    const known = await readDaysWithData(database, schema)
    // What the retention has deleted must not come back.
    const firstKeptDay = subtractMonths(dayOf(now()), rollupRetentionMonths)
    const asked = options.from ?? known.from
    const from = asked !== null && asked < firstKeptDay ? firstKeptDay : asked
    const to = options.to ?? known.to
    const done: BackfillResult = { from, to, cells: 0, changed: 0, removed: 0, entries: 0 }
    if (from === null || to === null) return done
    for (let first = from; first <= to; first = addDays(first, chunkDays)) {
      const last = [addDays(first, chunkDays - 1), to].sort()[0] as Day
      const step = await rollupDays(database, { schema, now, closedBefore, first, last })
      done.cells += step.cells
      done.changed += step.changed
      done.removed += step.removed
      done.entries += step.entries
      onProgress?.({ ...done, doneThrough: last })
    }
    if (done.changed + done.removed > 0)
      await analyzeTables(database, usageTables(tables), { isVacuumed: true })
    return done
  })
}

const rollupDays = async (
  database: Database,
  {
    schema,
    now,
    closedBefore,
    first,
    last,
  }: {
    schema: string | undefined
    now: () => number
    closedBefore: Day | null
    first: Day
    last: Day
  },
): Promise<Recomputed & { entries: number }> => {
  const tables = createTables(schema)
  const step = await withTolerance((strictness) =>
    withRollupLock(database, { schema, wait: true }, async (tx) => {
      // As in rollupDirty: first the entries, then, in a later snapshot, their days.
      const [taken] = await tx.query<{ entries: number; owners: string }>(
        `WITH taken AS (
           DELETE FROM ${tables.serviceUsageDirty} WHERE day BETWEEN $1::date AND $2::date RETURNING owner_id
         )
         SELECT count(*)::int AS entries, COALESCE(json_agg(DISTINCT owner_id), '[]')::text AS owners FROM taken`,
        [first, last],
      )
      await noteFirstReceived(tx, tables, JSON.parse(taken?.owners ?? '[]'))
      await settleMilestones(tx, tables)
      const recomputed = await recompute(tx, tables, rangeScope(tables, strictness), {
        which: [first, last],
        days: daysBetween(first, last),
        // A difference that no event explains was wrong before.
        restating: { cause: taken?.entries ? 'backfill' : 'repair', closedBefore, nowMs: now() },
      })
      return { ...recomputed, entries: taken?.entries ?? 0 }
    }),
  )
  return step ?? { cells: 0, changed: 0, removed: 0, entries: 0 }
}

/** The first and the last day that raw events, archives, rollups or totals have something for. */
const readDaysWithData = async (
  database: Database,
  schema: string | undefined,
): Promise<{ from: Day | null; to: Day | null }> => {
  const tables = createTables(schema)
  const [row] = await database.query<{ from: Day | null; to: Day | null }>(
    `SELECT to_char(min(first_day), 'YYYY-MM-DD') AS from, to_char(max(last_day), 'YYYY-MM-DD') AS to
     FROM (
       SELECT min(occurred_at)::date AS first_day, max(occurred_at)::date AS last_day FROM ${tables.tenantEvents}
       UNION ALL SELECT min(day), max(day) FROM ${tables.serviceUsageArchives}
       UNION ALL SELECT min(day), max(day) FROM ${tables.serviceUsageRollups}
       UNION ALL SELECT min(day), max(day) FROM ${tables.serviceUsageDailyTotals}
     ) known`,
  )
  return row ?? { from: null, to: null }
}
