import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { type Database, fromPg } from '@altcontext/webhook-store'
import { expect, test } from 'vitest'
import { createRollupWorker } from '../src/rollups/create-rollup-worker.ts'
import { findDiscrepancies } from '../src/rollups/find-discrepancies.ts'
import { rollupDirty } from '../src/rollups/rollup-dirty.ts'
import { rollupServiceUsage } from '../src/rollups/rollup-service-usage.ts'
import { createTestBridge, eventId, type SentEvent, sendEvents } from './test-bridge.ts'
import { modelRollups, storedRollups } from './usage-model.ts'

const scans = (from: number, count: number): SentEvent[] =>
  Array.from({ length: count }, (_, index) => ({
    id: from + index,
    type: 'scan.completed',
    tenant: `tenant-${index % 5}`,
    at: `2026-02-${String(1 + (index % 9)).padStart(2, '0')}T12:00:00.000Z`,
    payload: { mediaCount: 2, identitiesDetected: 3, durationMs: 100 },
  }))

test('counts what is committed after the worker has read the dirty log', async () => {
  await using bridge = await createTestBridge()
  const late = scans(1, 3).map((event) => ({ ...event, type: 'cluster.created' }))
  const writer = await bridge.test.pool.connect()
  const joined: Database = {
    query: async (text, params) => (await writer.query(text, params as unknown[])).rows,
    transaction: (run) => run(joined),
  }
  try {
    await writer.query('BEGIN')
    // Takes the lower numbers of the dirty log, and commits after the higher ones are processed. (Clusters,
    // because scans would wait for each other's milestones.)
    await sendEvents(joined, late)
    await bridge.send(scans(4, 3))
    await rollupDirty(bridge.database)
    expect(await storedRollups(bridge)).toEqual(modelRollups(scans(4, 3)))
    await writer.query('COMMIT')
  } finally {
    writer.release()
  }

  await rollupDirty(bridge.database)

  expect(await storedRollups(bridge)).toEqual(modelRollups([...late, ...scans(4, 3)]))
})

test('counts once what is committed between taking the entries and computing', async () => {
  await using bridge = await createTestBridge()
  await bridge.send(scans(1, 3))
  let statements = 0
  const interrupted: Database = {
    ...bridge.database,
    transaction: (run) =>
      bridge.database.transaction((tx) =>
        run({
          ...tx,
          query: async (text, params) => {
            const rows = await tx.query(text, params)
            statements += 1
            // The lock is the first statement, taking the entries the second.
            if (statements === 2) await bridge.send(scans(4, 3))
            return rows as never
          },
        }),
      ),
  }

  await rollupDirty(interrupted)
  expect(await storedRollups(bridge)).toEqual(modelRollups([...scans(1, 3), ...scans(4, 3)]))
  await rollupDirty(bridge.database)
  expect(await storedRollups(bridge)).toEqual(modelRollups([...scans(1, 3), ...scans(4, 3)]))
})

test('gives the same numbers when several workers and a backfill run while events arrive', async () => {
  await using bridge = await createTestBridge()
  const { database } = bridge
  const batches = Array.from({ length: 12 }, (_, index) => scans(1 + index * 10, 10))
  const sending = (async () => {
    for (const batch of batches) await bridge.send(batch)
  })()
  await Promise.all([
    sending,
    ...Array.from({ length: 6 }, () => rollupDirty(database, { maxCells: 4 })),
    rollupServiceUsage(database, { from: '2026-02-01', to: '2026-02-09', chunkDays: 2 }),
    rollupDirty(database, { wait: false }),
  ])

  await rollupDirty(database)

  expect(await storedRollups(bridge)).toEqual(modelRollups(batches.flat()))
})

test('leaves the work to the process that holds the lock if it does not have to wait', async () => {
  await using bridge = await createTestBridge()
  await bridge.send(scans(1, 1))
  let other: unknown
  await rollupDirty({
    ...bridge.database,
    transaction: (run) =>
      bridge.database.transaction(async (tx) => {
        const result = await run(tx)
        other = await rollupDirty(bridge.database, { wait: false })
        return result
      }),
  })
  expect(other).toEqual({ ran: false, entries: 0, cells: 0, changed: 0, removed: 0 })
})

test('gives the same numbers after kill -9 at any statement', async () => {
  await using bridge = await createTestBridge()
  const sent: SentEvent[] = []
  for (let round = 0; round < 5; round += 1) {
    const events = scans(1 + round * 20, 20)
    sent.push(...events)
    await bridge.send(events)
    await killDuring(bridge.test.url, 1 + ((round * 5) % 9))
  }

  await rollupDirty(bridge.database)

  expect(await storedRollups(bridge)).toEqual(modelRollups(sent))
  expect(await findDiscrepancies(bridge.database)).toMatchObject({ cells: 0, pending: 0 })
})

test('a worker that is stopped in the middle of a run blocks the others no longer than its deadline', async () => {
  await using bridge = await createTestBridge()
  await bridge.send(scans(1, 9))
  // The lock is the second statement, after the days that are closed.
  const stopped = rollUpForever(bridge.test.url, '4', '1000')
  try {
    let begun = 0
    for await (const _line of createInterface({ input: stopped.stdout })) {
      begun += 1
      if (begun === 4) break
    }
    await expect
      .poll(() => rollupDirty(bridge.database, { wait: false }))
      .toMatchObject({ ran: true, cells: 9 })
    expect(await storedRollups(bridge)).toEqual(modelRollups(scans(1, 9)))
  } finally {
    stopped.kill('SIGKILL')
  }
})

const rollUpForever = (...args: string[]) =>
  spawn(
    process.execPath,
    ['--conditions=@altcontext/source', new URL('roll-up-forever.ts', import.meta.url).pathname, ...args],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )

/** Runs rollups in a process of its own and kills it as it begins its nth statement. */
const killDuring = async (url: string, statement: number): Promise<void> => {
  const child = rollUpForever(url)
  const exited = once(child, 'exit')
  let begun = 0
  for await (const _line of createInterface({ input: child.stdout })) {
    begun += 1
    if (begun === statement) child.kill('SIGKILL')
  }
  const [, signal] = await exited
  expect(signal).toBe('SIGKILL')
}

test('is not stopped by a stored value that is not a number, and clamps what no column can hold', async () => {
  await using bridge = await createTestBridge()
  await bridge.send([
    ...scans(1, 1),
    {
      ...(scans(2, 1)[0] as SentEvent),
      payload: { mediaCount: 10_000_000, identitiesDetected: 1, durationMs: 1 },
    },
  ])
  await bridge.sql(`UPDATE tenant_events SET payload = $1 WHERE id = $2`, [
    { mediaCount: 'many', identitiesDetected: 9e18, durationMs: null },
    eventId(1),
  ])
  await rollupDirty(bridge.database)
  const [row] = await bridge.sql('SELECT * FROM service_usage_rollups')
  expect(row).toMatchObject({
    scans_completed: 2,
    media_processed: 10_000_000,
    identities_detected: 2_147_483_647,
    avg_scan_duration_ms: 1,
    scan_duration_count: 1,
  })
  expect(await findDiscrepancies(bridge.database)).toMatchObject({ cells: 0 })
})

test('finds and repairs a rollup that was changed behind its back', async () => {
  await using bridge = await createTestBridge()
  await bridge.send(scans(1, 9))
  await rollupDirty(bridge.database)
  await bridge.sql(`UPDATE service_usage_rollups SET scans_failed = 7 WHERE day = '2026-02-03'`)
  await bridge.sql(`DELETE FROM service_usage_rollups WHERE day = '2026-02-04'`)

  const now = () => Date.parse('2026-02-10T00:00:00Z')
  const report = await findDiscrepancies(bridge.database, { now })
  expect(report).toMatchObject({ compared: 9, cells: 2 })
  expect(report.examples[0]).toEqual({ tenantId: 'tenant-2', day: '2026-02-03', columns: ['scans_failed'] })

  expect(await rollupServiceUsage(bridge.database)).toMatchObject({ cells: 9, changed: 2 })
  expect(await findDiscrepancies(bridge.database, { now })).toMatchObject({ cells: 0 })
  expect(await rollupServiceUsage(bridge.database)).toMatchObject({ cells: 9, changed: 0, removed: 0 })
})

test('finds and repairs totals that were changed behind its back', async () => {
  await using bridge = await createTestBridge()
  await bridge.send(scans(1, 9))
  await rollupDirty(bridge.database)
  const readTotals = () => bridge.sql('SELECT * FROM service_usage_daily_totals ORDER BY day')
  const right = await readTotals()
  expect(right).toHaveLength(9)
  await bridge.sql(`UPDATE service_usage_daily_totals SET scans_failed = 7 WHERE day = '2026-02-03'`)
  await bridge.sql(`DELETE FROM service_usage_daily_totals WHERE day = '2026-02-04'`)
  await bridge.sql(`INSERT INTO service_usage_daily_totals (day, scans_completed) VALUES ('2026-02-20', 1)`)

  const now = () => Date.parse('2026-02-28T00:00:00Z')
  expect(await findDiscrepancies(bridge.database, { now })).toMatchObject({ cells: 0, days: 3 })

  expect(await rollupServiceUsage(bridge.database)).toMatchObject({ changed: 0, removed: 0 })
  expect(await readTotals()).toEqual(right)
  expect(await findDiscrepancies(bridge.database, { now })).toMatchObject({ cells: 0, days: 0 })
})

test('writes nothing in a second run', async () => {
  await using bridge = await createTestBridge()
  await bridge.send(scans(1, 9))
  await rollupDirty(bridge.database)
  const read = async () => [
    await bridge.sql('SELECT *, xmin FROM service_usage_rollups ORDER BY id'),
    await bridge.sql('SELECT *, xmin FROM service_usage_daily_totals ORDER BY day'),
  ]
  const before = await read()
  await rollupServiceUsage(bridge.database)
  await rollupDirty(bridge.database)
  expect(await read()).toEqual(before)
})

test('runs on its interval until it is closed, and continues after an error', async () => {
  await using bridge = await createTestBridge()
  await bridge.send(scans(1, 3))
  const errors: unknown[] = []
  let fails = true
  const flaky: Database = {
    ...bridge.database,
    transaction: (run) =>
      fails ? Promise.reject(new Error('the database is unavailable')) : bridge.database.transaction(run),
  }
  const worker = createRollupWorker({
    database: flaky,
    intervalMs: 5,
    onError: (error) => {
      errors.push(error)
      fails = false
    },
  })
  worker.start()
  await expect.poll(() => storedRollups(bridge)).toEqual(modelRollups(scans(1, 3)))
  await worker.close()
  expect(errors).toHaveLength(1)
})

test('a worker that is closed gives up a run that does not end, and the next one does the work', async () => {
  await using bridge = await createTestBridge()
  await bridge.send(scans(1, 3))
  const other = await bridge.test.pool.connect()
  const errors: unknown[] = []
  const worker = createRollupWorker({ database: bridge.database, onError: (error) => errors.push(error) })
  try {
    await other.query('BEGIN; LOCK TABLE service_usage_rollups')
    worker.start()
    await expect
      .poll(() =>
        bridge.sql(
          `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        ),
      )
      .toHaveLength(1)
    await worker.close()
    await other.query('ROLLBACK')
  } finally {
    other.release()
  }
  expect(errors).toEqual([])
  expect(await rollupDirty(bridge.database)).toMatchObject({ entries: 3 })
  expect(await storedRollups(bridge)).toEqual(modelRollups(scans(1, 3)))
})

test('keeps the transaction of one process out of the other schema of the same database', async () => {
  await using bridge = await createTestBridge()
  await bridge.sql('CREATE SCHEMA second')
  const { rows } = await bridge.test.pool.query<{ name: string }>(
    "SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public'",
  )
  for (const { name } of rows) {
    await bridge.sql(`CREATE TABLE second.${name} (LIKE public.${name} INCLUDING ALL)`)
  }
  await bridge.send(scans(1, 3))
  expect(await rollupDirty(fromPg(bridge.test.pool), { schema: 'second' })).toMatchObject({ cells: 0 })
  expect(await rollupDirty(bridge.database)).toMatchObject({ cells: 3 })
})
