import {
  readBridge,
  readChannels,
  readServiceUsage,
  readTenants,
  rollupDirty,
} from '@altcontext/webhook-metrics'
import { fromPg } from '@altcontext/webhook-store'
import pg from 'pg'
import type { Benchmark } from '../measuring/benchmark.ts'
import { type Competitor, compare } from '../measuring/compare.ts'
import { type BenchmarkRow, medianOf } from '../measuring/samples.ts'
import { timed } from '../measuring/timed.ts'
import { startBenchDatabase } from '../setup/bench-database.ts'

const tenants = 200
const eventsPerDay = 166_667
const lastDay = '2026-03-01'
const now = () => Date.parse('2026-03-02T00:00:00Z')

/** The cost of the rollup over everything and after few events, and of reading the routes. */
export const rollup: Benchmark = {
  name: 'rollup',
  measures:
    'rollups of 5 million events against one plain INSERT ... SELECT ... GROUP BY, small runs, routes',
  run: async () => {
    await using stack = new AsyncDisposableStack()
    const server = stack.use(await startBenchDatabase())
    const open = async (days: number) => {
      const pool = new pg.Pool({ connectionString: await server.createDatabase(`days_${days}`), max: 2 })
      stack.defer(() => pool.end())
      await fill(pool, days)
      return pool
    }
    const long = await open(30)
    const short = await open(3)
    const everything = await compare({
      title: `One run over 30 days, ${tenants} tenants, 5 million events`,
      rounds: 5,
      competitors: [rollUpEverything(long), insertPlainly(long)],
      targets: [
        {
          name: 'rollup / plain statement',
          figure: 'ms',
          of: 'rollupDirty',
          against: 'plain statement',
          atMost: 1.3,
        },
      ],
    })
    await rollupDirty(fromPg(short), { now })
    const small = await compare({
      title: 'One run after 1,000 new events of the last day',
      rounds: 5,
      competitors: [rollUpAThousand('5 million before', long), rollUpAThousand('0.5 million before', short)],
      targets: [
        {
          name: 'small run, 10 x history',
          figure: 'ms',
          of: '5 million before',
          against: '0.5 million before',
          atMost: 1.5,
        },
      ],
    })
    const reading = await compare({
      title: 'Routes, 30 days',
      competitors: routes(long),
      targets: [],
    })
    return [...everything, ...small, ...reading] satisfies BenchmarkRow[]
  },
}

/** The same number of events on each day; two databases differ only in the number of days. */
const fill = async (pool: pg.Pool, days: number): Promise<void> => {
  process.stderr.write(`  filling ${days} days\n`)
  // Indexes are built after the rows, in a fraction of the time.
  const { rows: indexes } = await pool.query<{ indexdef: string; indexname: string }>(
    `SELECT indexdef, indexname FROM pg_indexes WHERE tablename = 'tenant_events' AND indexname <> 'tenant_events_pkey'`,
  )
  for (const { indexname } of indexes) await pool.query(`DROP INDEX ${indexname}`)
  await pool.query('ALTER TABLE tenant_events DROP CONSTRAINT tenant_events_pkey')
  await pool.query(
    `INSERT INTO tenant_events (id, tenant_id, event_type, payload, occurred_at, received_at, created_at)
     SELECT gen_random_uuid()::text, 'tenant-' || number * 7919 % ${tenants}, type, payload, at, at, at
     FROM (
       SELECT number, $1::date - $2::int + 1 + number * (interval '1 day' / ${eventsPerDay}) AS at,
         (ARRAY['scan.completed', 'scan.failed', 'cluster.created', 'suggestion.generated', 'suggestion.resolved',
           'scan.completed', 'scan.completed', 'scan.completed', 'suggestion.resolved', 'scan.completed'
         ])[1 + number / ${tenants} % 10] AS type,
         jsonb_build_object('jobId', 'job-' || number, 'mediaCount', number % 40, 'identitiesDetected', number % 97,
           'durationMs', 1000 + number % 5000, 'count', number % 7) AS payload
       FROM generate_series(0, $2::bigint * ${eventsPerDay} - 1) number
     ) events`,
    [lastDay, days],
  )
  await pool.query('ALTER TABLE tenant_events ADD PRIMARY KEY (id)')
  for (const { indexdef } of indexes) await pool.query(indexdef)
  await pool.query(
    `INSERT INTO tenant_milestones (tenant_id, tenant_created_at, first_api_key_at, first_scan_at, updated_at)
     SELECT tenant_id, min(occurred_at), min(occurred_at), min(occurred_at), max(occurred_at)
     FROM tenant_events GROUP BY tenant_id`,
  )
  await pool.query('CREATE TABLE plain_rollups (LIKE service_usage_rollups INCLUDING ALL)')
  await markEverything(pool)
  await pool.query('VACUUM ANALYZE')
}

const markEverything = (pool: pg.Pool) =>
  pool.query(
    `INSERT INTO service_usage_dirty (tenant_id, day, appended_at)
     SELECT tenant_id, day, '${lastDay}' FROM (SELECT DISTINCT tenant_id FROM tenant_milestones) tenant,
       (SELECT DISTINCT occurred_at::date AS day FROM tenant_events) days`,
  )

const rollUpEverything = (pool: pg.Pool): Competitor => ({
  name: 'rollupDirty',
  run: async () => {
    await pool.query('TRUNCATE service_usage_rollups, service_usage_dirty')
    await markEverything(pool)
    return { ms: await timed(() => rollupDirty(fromPg(pool), { now })) }
  },
})

/** The statement that somebody would write by hand for an empty table: no locks, no log, no archives, no second run. */
const insertPlainly = (pool: pg.Pool): Competitor => ({
  name: 'plain statement',
  run: async () => {
    await pool.query('TRUNCATE plain_rollups')
    return { ms: await timed(() => pool.query(plainStatement)) }
  },
})

const sum = (key: string, type: string) =>
  `COALESCE(sum((payload->>'${key}')::bigint) FILTER (WHERE event_type = '${type}'), 0)`
const count = (type: string) => `count(*) FILTER (WHERE event_type = '${type}')`

const plainStatement = `
INSERT INTO plain_rollups (id, tenant_id, day, scans_completed, scans_failed, media_processed, identities_detected,
  clusters_created, suggestions_generated, suggestions_resolved, avg_scan_duration_ms, scan_duration_sum_ms,
  scan_duration_count, updated_at)
SELECT gen_random_uuid()::text, tenant_id, occurred_at::date, ${count('scan.completed')}, ${count('scan.failed')},
  ${sum('mediaCount', 'scan.completed')}, ${sum('identitiesDetected', 'scan.completed')},
  ${count('cluster.created')}, ${sum('count', 'suggestion.generated')}, ${count('suggestion.resolved')},
  round(avg((payload->>'durationMs')::bigint) FILTER (WHERE event_type = 'scan.completed')),
  ${sum('durationMs', 'scan.completed')}, ${count('scan.completed')}, now()
FROM tenant_events
GROUP BY tenant_id, occurred_at::date`

const rollUpAThousand = (name: string, pool: pg.Pool): Competitor => ({
  name,
  run: async () => {
    await pool.query(
      `WITH added AS (
         INSERT INTO tenant_events (id, tenant_id, event_type, payload, occurred_at, received_at, created_at)
         SELECT gen_random_uuid()::text, 'tenant-' || number % ${tenants}, 'scan.completed',
           '{"mediaCount": 1, "identitiesDetected": 1, "durationMs": 1}',
           $1::date + number * interval '1 second', $1::date, $1::date
         FROM generate_series(1, 1000) number
         RETURNING tenant_id, occurred_at::date AS day
       )
       INSERT INTO service_usage_dirty (tenant_id, day, appended_at) SELECT DISTINCT tenant_id, day, $1::date FROM added`,
      [lastDay],
    )
    return { ms: await timed(() => rollupDirty(fromPg(pool), { now })) }
  },
})

const routes = (pool: pg.Pool): Competitor[] => {
  const database = fromPg(pool)
  const options = {
    window: { from: '2026-01-31', to: lastDay },
    marketingPropertyId: 'marketing-site',
    now,
  }
  const readings = {
    'service-usage': () => readServiceUsage(database, { ...options, compareTo: true }),
    channels: () => readChannels(database, options),
    tenants: () => readTenants(database, options),
    bridge: () => readBridge(database, options),
  }
  return Object.entries(readings).map(([name, read]) => ({
    name,
    run: async () => {
      const times: number[] = []
      for (let time = 0; time < 10; time += 1) times.push(await timed(read))
      return { 'p50 ms': medianOf(times) }
    },
  }))
}
