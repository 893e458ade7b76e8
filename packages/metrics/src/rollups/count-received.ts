import type { Database, Tables } from '@altcontext/webhook-store'
import { dayMs, hourMs } from '../days.ts'

/** The full hour at or before a moment. */
export const hourOf = (ms: number): string => new Date(Math.floor(ms / hourMs) * hourMs).toISOString()

/**
 * SQL for the moment before which the hours are counted; null before any is. A moment later than `now` was noted by a worker whose
 * clock was days ahead, and is ignored: the events of the hours before it have not all come.
 */
export const countedThroughSql = (tables: Tables, now: string): string => notedSql(tables, 'finished_at', now)

const notedSql = (tables: Tables, column: 'started_at' | 'finished_at', now: string): string =>
  `(SELECT ${column} FROM ${tables.serviceUsageRuns} WHERE kind = 'received_hours' AND finished_at <= ${now})`

/** SQL for how many milliseconds after it happened an event was received. */
export const lagSql = `GREATEST(round(date_part('epoch', received_at - occurred_at) * 1000), 0)`

// A day has so many different lags that they took as much room as the events.
const lagToThreeDigitsSql = `CASE WHEN lag < 1000 THEN lag ELSE round(lag / magnitude) * magnitude END::bigint`

/** The bridge reports how much it received in 30 days. */
const countedDays = 31

/**
 * Counts what was received and how late, by hour and type of event: each hour an hour after its end, and once more a day after it, so
 * that an event may be committed late, and the clocks of several servers may differ by hours. Reports count younger events
 * themselves. What a worker with a clock that is days ahead has noted is counted again.
 */
export const countReceived = async (tx: Database, tables: Tables, nowMs: number): Promise<void> => {
  const [through, settledThrough] = [hourOf(nowMs - hourMs), hourOf(nowMs - dayMs)]
  const now = '$3::timestamp(3)'
  await tx.query(
    `WITH noted AS MATERIALIZED (
       SELECT ${countedThroughSql(tables, now)} AS through, ${notedSql(tables, 'started_at', now)} AS settled_through
     ),
     uncounted AS MATERIALIZED (
       SELECT GREATEST(through, $2::timestamp(3) - interval '${countedDays} days') AS since, $1::timestamp(3) AS until FROM noted
       UNION ALL
       SELECT settled_through, LEAST($2::timestamp(3), through) FROM noted WHERE through IS NOT NULL
     ),
     note AS (
       INSERT INTO ${tables.serviceUsageRuns} AS known (kind, started_at, finished_at)
       VALUES ('received_hours', $2::timestamp(3), $1::timestamp(3))
       ON CONFLICT (kind) DO UPDATE SET started_at = EXCLUDED.started_at, finished_at = EXCLUDED.finished_at
       WHERE known.finished_at < EXCLUDED.finished_at OR known.finished_at > ${now}
     )
     INSERT INTO ${tables.receivedHours} (owner_id, hour, event_type, events, last_received_at, lags)
     SELECT owner_id, hour, event_type, sum(events), max(last_received_at), jsonb_object_agg(lag, events)
     FROM uncounted CROSS JOIN LATERAL (
       SELECT owner_id, date_trunc('hour', received_at) AS hour, event_type, ${lagToThreeDigitsSql} AS lag, count(*) AS events,
         max(received_at) AS last_received_at
       FROM ${tables.tenantEvents},
         LATERAL (SELECT ${lagSql} AS lag) lags,
         LATERAL (SELECT power(10, floor(log(GREATEST(lag, 1))) - 2) AS magnitude) magnitudes
       WHERE received_at >= since AND received_at < until
       GROUP BY 1, 2, 3, 4
     ) received
     GROUP BY owner_id, hour, event_type
     ON CONFLICT (hour, owner_id, event_type) DO UPDATE SET
       events = EXCLUDED.events, last_received_at = EXCLUDED.last_received_at, lags = EXCLUDED.lags`,
    [through, settledThrough, new Date(nowMs).toISOString()],
  )
}
