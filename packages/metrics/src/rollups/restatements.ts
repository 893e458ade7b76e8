import type { Database, Tables } from '@altcontext/webhook-store'
import { type Day, dayOf } from '../days.ts'
import { usageColumnNames } from './usage-columns.ts'

/** Why a day that was over and had been reported has other numbers now. */
export type RestatementCause = 'late_events' | 'backfill' | 'repair' | 'deletion'

/** What {@link logRestatements} needs to note changes. */
export interface Restating {
  cause: RestatementCause
  /** Days before it were over when the last job that ended began: somebody may have seen their numbers since. */
  closedBefore: Day | null
  nowMs: number
}

/** The day before which everything had been rolled up: the one in which the last run that ended began. */
export const readClosedBefore = async (database: Database, tables: Tables): Promise<Day | null> => {
  const [row] = await database.query<{ day: string | null }>(
    `SELECT to_char(max(started_at), 'YYYY-MM-DD') AS day FROM ${tables.serviceUsageRuns}
     WHERE kind IN ('rollup', 'backfill') AND finished_at IS NOT NULL`,
  )
  return row?.day ?? null
}

const sumsOf = (row: string): string =>
  `jsonb_build_object(${usageColumnNames.map((name) => `'${name}', COALESCE(${row}.${name}, 0)`).join(', ')})`

/**
 * Notes which closed days are about to change, with their sums before and after: before the totals are written, in the same
 * transaction.
 *
 * @param summed - query of what the totals of the days in `$1` will be.
 */
export const logRestatements = async (
  tx: Database,
  tables: Tables,
  { summed, days, restating }: { summed: string; days: readonly Day[]; restating: Restating },
): Promise<void> => {
  const { cause, closedBefore, nowMs } = restating
  if (closedBefore === null) return
  const closed = days.filter((day) => day < closedBefore && day < dayOf(nowMs))
  if (closed.length === 0) return
  await tx.query(
    `INSERT INTO ${tables.restatements} (id, owner_id, day, cause, before, after, restated_at)
     SELECT gen_random_uuid()::text, owner_id, day, $2, ${sumsOf('total')}, ${sumsOf('summed')}, $3::timestamp(3)
     FROM (${summed}) summed
     FULL JOIN (
       SELECT * FROM ${tables.serviceUsageDailyTotals} WHERE day = ANY($1::text[]::date[])
     ) total USING (day, owner_id)
     WHERE ${sumsOf('total')} <> ${sumsOf('summed')}`,
    [closed, cause, new Date(nowMs).toISOString()],
  )
}
