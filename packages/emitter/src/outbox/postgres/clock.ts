import type { OutboxTimes } from '../durable/outbox-storage.ts'
import type { PostgresOutboxNames } from './migrations.ts'
import type { PostgresPool } from './pool.ts'

/** What the outbox knows about the time, kept in the database for every relay. The clock is PostgreSQL's. */
export const createPostgresClock = (
  pool: PostgresPool,
  { events, clock }: PostgresOutboxNames,
): OutboxTimes => ({
  async readClock() {
    const { rows } = await pool.query(
      `SELECT extract(epoch FROM now())::float8 * 1000 AS now, extract(epoch FROM mark)::float8 * 1000 AS mark,
         is_confirmed FROM (SELECT) AS once LEFT JOIN ${clock} ON true`,
    )
    const [{ now: nowMs, mark: timeMs, is_confirmed: isConfirmed }] = rows
    return { nowMs, time: timeMs === null ? undefined : { timeMs, isConfirmed } }
  },

  async keepTime({ timeMs, isConfirmed }) {
    await pool.query(
      `INSERT INTO ${clock} AS known (mark, is_confirmed) VALUES (to_timestamp($1::float8 / 1000), $2)
       ON CONFLICT (is_only) DO UPDATE SET mark = greatest(known.mark, excluded.mark),
         is_confirmed = known.is_confirmed OR excluded.is_confirmed`,
      [timeMs, isConfirmed],
    )
  },

  async correctTimes({ beforeMs, byMs, nowMs }) {
    const corrected = (time: string): string =>
      `${time} = least(${time} + greatest($1::float8, 0) * interval '1 millisecond', now())`
    await pool.query(
      // If two relays do this, the second waits for the first one's row, and finds the time corrected.
      `WITH corrected AS (
         UPDATE ${clock} SET mark = to_timestamp($3::float8 / 1000), is_confirmed = true
         WHERE NOT is_confirmed OR mark > to_timestamp($3::float8 / 1000) + interval '1 hour' RETURNING 1
       )
       UPDATE ${events} SET ${corrected('accepted_at')}, ${corrected('changed_at')}
       WHERE EXISTS (SELECT FROM corrected) AND ($1::float8 > 0 AND accepted_at < to_timestamp($2::float8 / 1000)
         OR greatest(accepted_at, changed_at) > now())`,
      [byMs, beforeMs, nowMs],
    )
  },

  async releaseFutureWaits() {
    await pool.query(
      `UPDATE ${events} SET due_at = now(), changed_at = least(changed_at, now())
       WHERE state = 'pending' AND due_at > now() + interval '1 hour'
         AND (holder IS NOT NULL OR changed_at > now() + interval '1 minute')`,
    )
  },
})
