import { rollupDirty } from '@altcontext/webhook-metrics'
import { fromPg } from '@altcontext/webhook-store'
import pg from 'pg'
import { type BenchDatabase, hasDatabase } from '../setup/bench-database.ts'
import { fillTouches } from '../setup/fill-touches.ts'
import { fillUsage } from '../setup/fill-usage.ts'
import { inLanes } from './in-lanes.ts'
import { progress } from './progress.ts'
import { withoutIndexes } from './without-indexes.ts'

/** A history of raw events, and facts about its rows that need no query. */
export interface History {
  databaseUrl: string
  events: number
  /** When the event of this number, counted from the oldest, was received. */
  receivedAtMs(number: number): number
}

/** The outbox that every event of the history names. */
export const historyProducer = '00000000-0000-4000-8000-000000000001'
/** 10,000 tenants for 20 million events. */
export const tenantsOf = (events: number): number => Math.min(10_000, Math.floor(events / 2000))
/** As many events as are older than the retention. */
export const expiredOf = (events: number): number => Math.min(1_000_000, Math.floor(events / 8))

const keptDays = 90
const chunkEvents = 200_000

// A run that breaks off begins again: nothing has to be on the disk before it is finished.
const fillSettings = {
  max_connections: '300',
  max_wal_size: '16GB',
  wal_level: 'minimal',
  max_wal_senders: '0',
  fsync: 'off',
  full_page_writes: 'off',
  autovacuum: 'off',
  maintenance_work_mem: '1GB',
}

/**
 * Two years of rollups with their milestones, leads, touches and refusals, and raw events that came evenly over the last 90 days and over
 * enough days before them that {@link expiredOf} are older: vacuumed, and with statistics.
 *
 * @param isKept - leaves the filled database alone and returns a copy of it.
 */
export const fillHistory = async (
  database: BenchDatabase,
  { events, isKept }: { events: number; isKept: boolean },
): Promise<History> => {
  const filled = `filled_${events}`
  if (!(await hasDatabase(database.urlOf('postgres'), filled))) {
    await database.restart(fillSettings)
    const unfinished = `unfinished_${events}`
    await onServer(database, `DROP DATABASE IF EXISTS ${unfinished}`)
    const url = await database.createDatabase(unfinished)
    const pool = new pg.Pool({ connectionString: url })
    progress('filling two years of rollups, leads and touches')
    await withoutIndexes(pool, 'service_usage_rollups', () =>
      fillUsage(url, { tenants: tenantsOf(events), months: 24, oneDayIn: 2 }),
    )
    await fillTouches(url)
    await withoutIndexes(pool, 'tenant_events', () => fillEvents(pool, events))
    // The bridge is as old as its rollups, and has recorded that.
    await pool.query(
      `INSERT INTO service_usage_runs (kind, started_at, finished_at, details)
       SELECT 'bridge', first_day, first_day, jsonb_build_object('', first_day)
       FROM (SELECT min(day)::timestamp(3) AS first_day FROM service_usage_rollups) rollups`,
    )
    progress('rolling up, as the worker does, and vacuuming')
    await rollupDirty(fromPg(pool))
    await pool.query('VACUUM ANALYZE')
    await pool.end()
    await onServer(database, `ALTER DATABASE ${unfinished} RENAME TO ${filled}`)
    await database.restart()
  }
  if (!isKept) return spanOf(database.urlOf(filled), events)
  progress('copying the database that was filled before')
  await onServer(database, 'DROP DATABASE IF EXISTS history')
  return spanOf(await database.copyDatabase(filled, 'history'), events)
}

const onServer = async (database: BenchDatabase, statement: string): Promise<void> => {
  const client = new pg.Client({ connectionString: database.urlOf('postgres') })
  await client.connect()
  await client.query(statement)
  await client.end()
}

const fillEvents = async (pool: pg.Pool, events: number): Promise<void> => {
  const expiredMs = (keptDays * 86_400_000) / (events / expiredOf(events) - 1)
  const startMs = Date.now() - keptDays * 86_400_000 - expiredMs
  const stepMs = (Date.now() - startMs) / events
  const chunks = Array.from({ length: Math.ceil(events / chunkEvents) }, (_, chunk) => chunk * chunkEvents)
  await inLanes(chunks, (first) => {
    progress(`filling events: ${first} of ${events}`)
    return pool.query(eventsStatement, [
      startMs,
      stepMs,
      first,
      Math.min(first + chunkEvents, events) - 1,
      tenantsOf(events),
    ])
  })
}

/** The events of a product in a day, some 350 bytes each, evenly for all tenants; one every `$2` milliseconds from `$1` on. */
const eventsStatement = `
INSERT INTO tenant_events
  (id, tenant_id, event_type, payload, occurred_at, received_at, created_at, producer_id)
SELECT substr(hex, 1, 8) || '-' || substr(hex, 9, 4) || '-7' || substr(random_id, 16), tenant_id, type,
  CASE type
    WHEN 'scan.completed' THEN jsonb_build_object('tenantId', tenant_id, 'jobId', other_id, 'mediaCount', amount,
      'identitiesDetected', amount * 3, 'durationMs', 1000 + amount, 'completedAt', iso)
    WHEN 'scan.failed' THEN jsonb_build_object('tenantId', tenant_id, 'jobId', other_id, 'mediaCount', amount,
      'errorMessage', 'media could not be decoded', 'failedAt', iso)
    WHEN 'cluster.created' THEN jsonb_build_object('tenantId', tenant_id, 'clusterId', other_id, 'identityCount', amount,
      'algorithm', 'centroid', 'createdAt', iso)
    WHEN 'suggestion.generated' THEN jsonb_build_object('tenantId', tenant_id, 'count', amount, 'jobId', other_id,
      'createdAt', iso)
    WHEN 'suggestion.resolved' THEN jsonb_build_object('tenantId', tenant_id, 'suggestionId', other_id,
      'resolution', 'accepted', 'resolvedAt', iso)
    ELSE jsonb_build_object('tenantId', tenant_id, 'keyPrefix', 'ak_live_4fA9', 'rateLimitTier', 'standard', 'createdAt', iso)
  END, at, at, at, '${historyProducer}'
FROM (
  SELECT 'tenant-' || 1 + floor(random() * $5::int)::int AS tenant_id, lpad(to_hex(ms), 12, '0') AS hex,
    gen_random_uuid()::text AS random_id, gen_random_uuid()::text AS other_id, floor(random() * 100)::int AS amount,
    timestamp 'epoch' + ms * interval '1 millisecond' AS at,
    to_char(timestamp 'epoch' + ms * interval '1 millisecond', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS iso,
    CASE WHEN share < 61 THEN 'scan.completed' WHEN share < 66 THEN 'scan.failed' WHEN share < 86 THEN 'cluster.created'
      WHEN share < 93 THEN 'suggestion.generated' WHEN share < 99 THEN 'suggestion.resolved' ELSE 'apikey.created' END AS type
  FROM generate_series($3::bigint, $4::bigint) AS number,
    LATERAL (SELECT ($1::float8 + number * $2::float8)::bigint AS ms, number * 37 % 100 AS share) AS moment
  OFFSET 0
) events`

const spanOf = async (databaseUrl: string, events: number): Promise<History> => {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  const { rows } = await client.query<{ first: number; last: number }>(
    `SELECT extract(epoch FROM min(received_at))::float8 * 1000 AS first, extract(epoch FROM max(received_at))::float8 * 1000 AS last
     FROM tenant_events`,
  )
  await client.end()
  const { first = 0, last = 0 } = rows[0] ?? {}
  return {
    databaseUrl,
    events,
    receivedAtMs: (number) => Math.floor(first + (number * (last - first)) / (events - 1)),
  }
}
