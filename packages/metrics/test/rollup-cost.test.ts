import { createTestDatabase, readTableReads } from '@altcontext/test-database'
import { rollupDirty } from '@altcontext/webhook-metrics'
import { type Database, fromPg } from '@altcontext/webhook-store'
import pg from 'pg'
import { expect, test } from 'vitest'

test('the events of one dirty day among sixty are found by their time, without a pass over all events', async () => {
  await using database = await createTestDatabase()
  // One connection: a session sees its own statistics.
  const pool = new pg.Pool({ connectionString: database.url, max: 1 })
  await pool.query(
    `INSERT INTO tenant_events (id, tenant_id, event_type, payload, occurred_at, received_at, created_at)
     SELECT gen_random_uuid(), 'tenant-' || number % 20, 'scan.completed',
       '{"mediaCount": 1, "identitiesDetected": 1, "durationMs": 1}', at, at, at
     FROM generate_series(0, 59999) AS number,
       LATERAL (SELECT timestamp '2026-01-01' + number * interval '86.4 seconds') AS happened(at)`,
  )
  await pool.query(
    `INSERT INTO service_usage_dirty (tenant_id, day, appended_at)
     SELECT 'tenant-' || number, '2026-03-01', '2026-03-02' FROM generate_series(0, 19) AS number`,
  )
  await pool.query('VACUUM ANALYZE tenant_events')

  const before = await readTableReads(pool, 'tenant_events')
  expect(await rollupDirty(fromPg(pool))).toMatchObject({ cells: 20, changed: 20 })
  const after = await readTableReads(pool, 'tenant_events')
  await pool.end()
  const byTime = 'tenant_events_occurred_idx'
  expect(after.scans[byTime]).toBeGreaterThan(before.scans[byTime] ?? Number.NaN)
  expect(after.inPasses).toBe(before.inPasses)
})

test('a log that was analysed while it was empty is not compared row by row with the days it names', async () => {
  await using database = await createTestDatabase()
  const append = () =>
    database.pool.query(
      `INSERT INTO service_usage_dirty (tenant_id, day, appended_at)
       SELECT 'tenant-' || number % 1000, '2026-03-01', '2026-03-02' FROM generate_series(1, 6000) AS number`,
    )
  await append()
  await database.pool.query('DELETE FROM service_usage_dirty')
  await database.pool.query('ANALYZE service_usage_dirty')
  await append()

  const plans: string[] = []
  expect(await rollupDirty(explaining(fromPg(database.pool), plans))).toMatchObject({
    entries: 6000,
    cells: 1000,
  })
  const [plan] = plans.filter((text) => text.includes('Delete on service_usage_dirty'))
  expect(plan).toContain('Hash Join')
  expect(plan).not.toContain('Nested Loop')
})

/** A database that notes how PostgreSQL is going to run every statement that changes something. */
const explaining = (database: Database, plans: string[]): Database => ({
  ...database,
  transaction: (run) =>
    database.transaction((tx) =>
      run({
        ...tx,
        async query(text, params, options) {
          if (/DELETE|INSERT/.test(text)) {
            const rows = await tx.query<Record<string, string>>(`EXPLAIN ${text}`, params)
            plans.push(rows.map((row) => row['QUERY PLAN']).join('\n'))
          }
          return tx.query(text, params, options)
        },
      }),
    ),
})
