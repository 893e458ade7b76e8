import type { Database, Tables } from '@altcontext/webhook-store'
import { dayMs, hourMs } from '../days.ts'

/** The full hour at or before a moment. */
export const hourOf = (ms: number): string => new Date(Math.floor(ms / hourMs) * hourMs).toISOString()

/**
 * SQL for the moment before which the hours are counted; null before any is. One that is later than `now` was noted by a worker whose
 * clock was days ahead, and says nothing: the events of the hours before it have not all come.
 */
export const countedThroughSql = (tables: Tables, now: string): string =>
  `(SELECT finished_at FROM ${tables.serviceUsageRuns} WHERE kind = 'received_hours' AND finished_at <= ${now})`

/** The bridge says how much it received in 30 days. */
const countedDays = 31

/**
 * Counts what was received, by hour and type of event: each hour once, a day after its end. Readings count younger events
 * themselves, so an event may be committed late, and the clocks of several servers may differ by hours. What a clock that is further
 * ahead has noted is counted again.
 */
export const countReceived = async (tx: Database, tables: Tables, nowMs: number): Promise<void> => {
  const through = hourOf(nowMs - dayMs)
  await tx.query(
    `WITH uncounted AS MATERIALIZED (
       SELECT GREATEST(${countedThroughSql(tables, '$2::timestamp(3)')}, $1::timestamp(3) - interval '${countedDays} days') AS since
     ),
     noted AS (
       INSERT INTO ${tables.serviceUsageRuns} AS known (kind, started_at, finished_at)
       VALUES ('received_hours', $1::timestamp(3), $1::timestamp(3))
       ON CONFLICT (kind) DO UPDATE SET started_at = EXCLUDED.started_at, finished_at = EXCLUDED.finished_at
       WHERE known.finished_at < EXCLUDED.finished_at OR known.finished_at > $2::timestamp(3)
     )
     INSERT INTO ${tables.receivedHours} (owner_id, hour, event_type, events, last_received_at)
     SELECT owner_id, date_trunc('hour', received_at), event_type, count(*), max(received_at)
     FROM ${tables.tenantEvents}
     WHERE received_at >= (SELECT since FROM uncounted) AND received_at < $1::timestamp(3)
     GROUP BY 1, 2, 3
     ON CONFLICT (hour, owner_id, event_type) DO UPDATE SET
       events = EXCLUDED.events, last_received_at = EXCLUDED.last_received_at`,
    [through, new Date(nowMs).toISOString()],
  )
}
