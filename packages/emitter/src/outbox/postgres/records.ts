import { contractLimits } from '@altcontext/webhook-contract'
import { maxUnwatchedMs } from '../durable/outbox-clock.ts'
import {
  type OutboxHistoryEntry,
  type OutboxRecord,
  type OutboxRecords,
  prunedStates,
} from '../durable/outbox-records.ts'
import { type RecordRow, toOutboxRecord } from '../durable/record-row.ts'
import { createPostgresCompleteness, sealingCtes } from './completeness.ts'
import { replayedEntry } from './events.ts'
import { postgresOutboxNames } from './migrations.ts'
import type { PostgresPool } from './pool.ts'
import { longOperationTimeoutMs, withDeadline } from './pool-with-deadline.ts'
import { postgresFailure } from './postgres-failure.ts'
import { readPostgresCounts } from './read-counts.ts'

/** Reads and maintains a PostgreSQL outbox, beside the processes that deliver from it. The caller ends the pool. */
export const openPostgresOutboxRecords = ({
  pool: givenPool,
  schema = 'public',
}: {
  pool: PostgresPool
  schema?: string | undefined
}): OutboxRecords => {
  const names = postgresOutboxNames(schema)
  const { events, ledger, channel, clock } = names
  const pool = withDeadline(givenPool, longOperationTimeoutMs)
  const iso = (column: string): string =>
    `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS ${column}`
  const columns = `id, event_type, state, reason, attempts, ${iso('accepted_at')}, ${iso('changed_at')},
    ${iso('due_at')}, due_at > now() AS is_waiting, traceparent, history`
  const use = async <Result>(run: () => Promise<Result>): Promise<Result> => {
    try {
      return await run()
    } catch (error) {
      throw postgresFailure('use the PostgreSQL outbox', error)
    }
  }

  return {
    completeness: createPostgresCompleteness(
      { ...pool, query: (text, values) => use(() => pool.query(text, values)) },
      names,
    ),

    counts: () => use(() => readPostgresCounts(pool, names)),

    list: ({ state, eventType, reason, tenantId, limit = 50, changedAfterMs } = {}) =>
      use(async () => {
        const { rows } = await pool.query(
          `SELECT ${columns} FROM ${events} WHERE ($1::text IS NULL OR state = $1)
             AND ($2::float8 IS NULL OR webhook_outbox.changed_at > to_timestamp($2 / 1000))
             AND ($4::text IS NULL OR event_type = $4) AND ($5::text IS NULL OR reason = $5)
             AND ($6::text IS NULL OR state NOT IN ('delivered', 'duplicate') AND body::jsonb ->> 'tenantId' = $6)
           ORDER BY ${changedAfterMs === undefined ? 'seq DESC' : 'webhook_outbox.changed_at, seq'} LIMIT $3`,
          [state ?? null, changedAfterMs ?? null, limit, eventType ?? null, reason ?? null, tenantId ?? null],
        )
        return rows.map(toRecord)
      }),

    find: (id) =>
      use(async () => {
        const { rows } = await pool.query(`SELECT ${columns} FROM ${events} WHERE id = $1`, [id])
        return rows[0] && toRecord(rows[0])
      }),

    replay: (which) =>
      use(async () => {
        const selection =
          'id' in which
            ? `id = $1 AND (state = 'dead' OR state = 'pending' AND (holder IS NULL OR due_at <= now()))`
            : `state = 'dead' AND changed_at >= to_timestamp($1::float8 / 1000)`
        const isTooOld = `accepted_at < now() - $3 * interval '1 millisecond'`
        const { rows } = await pool.query(
          `WITH chosen AS (
             SELECT id, state, ${isTooOld} AS is_too_old
             FROM ${events} WHERE ${selection} ORDER BY ${isTooOld}, id LIMIT $4 FOR UPDATE
           ), changed AS (
             UPDATE ${events} AS event SET state = 'pending', reason = NULL, holder = NULL, due_at = now(), changed_at = now(),
               attempts = CASE chosen.state WHEN 'dead' THEN 0 ELSE event.attempts END, history = event.history || ${replayedEntry}
             FROM chosen WHERE event.id = chosen.id AND NOT chosen.is_too_old RETURNING chosen.state
           ), booked AS (
             INSERT INTO ${ledger} AS known (slot, counter, events)
             SELECT 0, 'dead', -count(*) FROM changed WHERE state = 'dead' HAVING count(*) > 0
             ON CONFLICT (slot, counter) DO UPDATE SET events = known.events + excluded.events
           )
           SELECT (SELECT count(*)::int FROM changed) AS replayed,
             (SELECT count(*)::int FROM ${events} WHERE ${selection} AND ${isTooOld}) AS "tooOld", pg_notify($2, '')`,
          [
            'id' in which ? which.id : which.deadSinceMs,
            channel,
            contractLimits.retryHorizonMs,
            'id' in which ? 1 : (which.maxEvents ?? null),
          ],
        )
        const { replayed, tooOld } = rows[0]
        return { replayed, tooOld }
      }),

    prune: ({ olderThanMs, states = prunedStates, isDryRun = false }) =>
      use(async () => {
        const { rows } = await pool.query(
          // No interval of days is subtracted from a moment: where clocks change, a day is not always 24 hours.
          `WITH clock AS (
             SELECT max(mark) AS mark, extract(epoch FROM now() - max(mark))::float8 * 1000 AS ahead FROM ${clock}
           ), moment AS (
             SELECT CASE WHEN ahead > $3 THEN mark ELSE now() END - $1 * interval '1 millisecond' AS oldest FROM clock
           ), chosen AS (
             SELECT id FROM ${events}, moment WHERE state <> 'pending' AND state = ANY($2) AND changed_at <= oldest
           ), deleted AS (
             DELETE FROM ${events} WHERE id IN (SELECT id FROM chosen) AND NOT $4 AND state <> 'pending'
             RETURNING id, state, is_compared
           ), ${sealingCtes('deleted', names)}
           SELECT (SELECT count(*)::int FROM chosen) AS deleted,
             (SELECT ahead FROM clock WHERE ahead > $3) AS ahead`,
          [olderThanMs, states, maxUnwatchedMs, isDryRun],
        )
        const { deleted, ahead } = rows[0]
        return { deleted, clockAheadMs: ahead ?? undefined }
      }),

    close: async () => {},
  }
}

type PostgresRow = Omit<RecordRow, 'history'> & { history: OutboxHistoryEntry[]; is_waiting: boolean }

const toRecord = (row: PostgresRow): OutboxRecord => {
  const { state, attempts } = row
  const record = toOutboxRecord(row, { history: row.history, isWaiting: row.is_waiting })
  // Ends that need no reason are not written into the history (see events.ts).
  if (state !== 'delivered' && state !== 'duplicate' && state !== 'dropped') return record
  const end = { at: record.changedAt, what: state, attempts, ...(row.reason && { detail: row.reason }) }
  return { ...record, history: [...record.history, end] }
}
