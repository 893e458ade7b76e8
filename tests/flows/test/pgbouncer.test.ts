import { randomUUID } from 'node:crypto'
import {
  createTestDatabase,
  hasPgBouncer,
  type PgBouncer,
  startPgBouncer,
  type TestDatabase,
} from '@altcontext/test-database'
import { createEmitter } from '@altcontext/webhook-emitter'
import { createPostgresOutbox, migratePostgresOutbox } from '@altcontext/webhook-emitter/postgres'
import { createRelay, resolveRelayOptions } from '@altcontext/webhook-relay'
import { fromPg } from '@altcontext/webhook-store'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { adminKey, startReceiver } from '../src/start-receiver.ts'

describe.skipIf(!hasPgBouncer())('behind PgBouncer (left out: it is not installed)', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await createTestDatabase()
  })
  afterAll(() => database.drop())

  const scans = (count: number) => {
    const tenantId = randomUUID()
    return Array.from({ length: count }, (_, n) => ({
      tenantId,
      jobId: `job-${n}`,
      mediaCount: n,
      identitiesDetected: n,
      durationMs: 100,
    }))
  }

  const insertInSql = (scan: unknown) =>
    database.pool.query('SELECT webhook_outbox_emit($1)', [
      JSON.stringify({
        eventType: 'scan.completed',
        occurredAt: new Date().toISOString(),
        ...scanEnvelope(scan),
      }),
    ])
  const scanEnvelope = (payload: unknown) => ({
    tenantId: (payload as { tenantId: string }).tenantId,
    payload,
  })

  /** One event after another: each is its own commit, on whichever connection the pooler gives. */
  const deliver = async (bouncer: PgBouncer, count: number) => {
    await using receiver = await startReceiver({ databaseUrl: bouncer.url })
    await using emitter = createEmitter({ url: receiver.url, adminKey, retry: { delaysMs: [] } })
    const statuses: string[] = []
    for (const scan of scans(count)) statuses.push((await emitter.deliver('scan.completed', scan)).status)
    return statuses
  }

  test.each(['session', 'transaction'] as const)(
    'a receiver started twice stores every event at the first attempt with pool_mode = %s',
    async (poolMode) => {
      await using bouncer = await startPgBouncer({ url: database.url, poolMode })
      for (const _restart of [1, 2]) {
        expect(await deliver(bouncer, 30)).toEqual(Array.from({ length: 30 }, () => 'stored'))
      }
    },
  )

  test('a transaction whose prepared statement is lost runs once more, and commits once', async () => {
    await using bouncer = await startPgBouncer({
      url: database.url,
      poolMode: 'transaction',
      serverConnections: 1,
    })
    const counted = { runs: 0 }
    await database.pool.query('CREATE TABLE IF NOT EXISTS counted (n int)')
    // On the server's only connection the second process finds the statements that the first has prepared.
    for (const n of [1, 2]) {
      const pool = new pg.Pool({ connectionString: bouncer.url })
      await fromPg(pool).transaction(async (tx) => {
        counted.runs += 1
        await tx.query('SELECT 1')
        await tx.query('INSERT INTO counted VALUES ($1)', [n], { isRepeated: true })
      })
      await pool.end()
    }
    expect(counted.runs).toBe(3)
    expect((await database.pool.query('SELECT n FROM counted ORDER BY n')).rows).toEqual([{ n: 1 }, { n: 2 }])
  })

  test.each(['session', 'transaction'] as const)(
    'a PostgreSQL outbox finds what SQL inserts, without waiting for the next look, with pool_mode = %s',
    async (poolMode) => {
      await migratePostgresOutbox({ pool: database.pool })
      await using bouncer = await startPgBouncer({ url: database.url, poolMode, serverConnections: 5 })
      const pool = new pg.Pool({ connectionString: bouncer.url })
      const outbox = createPostgresOutbox({ pool, pollIntervalMs: 60_000 })
      let ready = 0
      const onReady = () => {
        ready += 1
      }
      outbox.attach({ onReady, onDropped: () => {} })
      // The outbox is no longer woken by its opening once events have been claimed from it.
      expect(await outbox.claim({ maxEvents: 10, leaseMs: 1_000 })).toEqual([])
      const [scan] = scans(1)
      await insertInSql(scan)
      const before = ready
      await expect.poll(() => ready).toBeGreaterThan(before)
      expect(await outbox.claim({ maxEvents: 10, leaseMs: 1_000 })).toHaveLength(1)
      await outbox.close()
      await pool.end()
      await database.pool.query('TRUNCATE webhook_outbox, webhook_outbox_ledger')
    },
  )

  test.each(['session', 'transaction'] as const)(
    'a relay starts and delivers what SQL inserts with pool_mode = %s',
    async (poolMode) => {
      await using bouncer = await startPgBouncer({ url: database.url, poolMode, serverConnections: 10 })
      await using receiver = await startReceiver({ databaseUrl: database.url })
      const relay = await createRelay(
        resolveRelayOptions(
          { url: receiver.url, outbox: bouncer.url, port: '0', logLevel: 'silent' },
          { ADMIN_API_KEY: adminKey },
        ),
      )
      const [scan] = scans(1)
      await insertInSql(scan)
      await expect
        .poll(
          async () =>
            (await database.pool.query('SELECT FROM tenant_events WHERE tenant_id = $1', [scan?.tenantId]))
              .rowCount,
        )
        .toBe(1)
      await relay.close()
    },
  )

  test('two receivers at once store every event at the first attempt with pool_mode = transaction', async () => {
    await using bouncer = await startPgBouncer({ url: database.url, poolMode: 'transaction' })
    const statuses = await Promise.all([deliver(bouncer, 200), deliver(bouncer, 200)])
    expect(new Set(statuses.flat())).toEqual(new Set(['stored']))
  })
})
