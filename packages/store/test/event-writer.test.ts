import { randomUUID } from 'node:crypto'
import { createTestDatabase, type TestDatabase } from '@altcontext/test-database'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createEventWriter, type Database, type EventToStore, fromPg } from '../src/index.ts'

let testDatabase: TestDatabase

beforeAll(async () => {
  testDatabase = await createTestDatabase()
})
afterAll(() => testDatabase.drop())

describe('createEventWriter', () => {
  test('commits the events of concurrent requests together', async () => {
    const { database, statements } = counting(fromPg(testDatabase.pool))
    const writer = createEventWriter({ database })
    const results = await Promise.all(Array.from({ length: 200 }, () => writer.write(event())))
    expect(results.every(({ status }) => status === 'stored')).toBe(true)
    expect(statements()).toBe(1)
    await writer.close()
  })

  test('splits the waiting events into statements of maxBatchRows', async () => {
    const { database, statements } = counting(fromPg(testDatabase.pool))
    const writer = createEventWriter({ database, maxBatchRows: 50 })
    await writer.writeAll(Array.from({ length: 175 }, () => event()))
    expect(statements()).toBe(4)
    await writer.close()
  })

  test('hands the database the next statement before it responds to the events of the one before', async () => {
    const order: string[] = []
    const plain = fromPg(testDatabase.pool)
    const database: Database = {
      ...plain,
      transaction: (run) => {
        order.push('statement')
        return plain.transaction(run)
      },
    }
    const writer = createEventWriter({ database, maxBatchRows: 1 })
    await Promise.all(
      [event(), event(), event()].map((one) => writer.write(one).then(() => order.push('response'))),
    )
    expect(order).toEqual(['statement', 'statement', 'response', 'statement', 'response', 'response'])
    await writer.close()
  })

  test('gives 200 concurrent copies of one event one id, and stores one of them', async () => {
    const writer = createEventWriter({ database: fromPg(testDatabase.pool), maxBatchRows: 30 })
    const copy = event()
    const results = await Promise.all(Array.from({ length: 200 }, () => writer.write(copy)))
    expect(results.filter(({ status }) => status === 'stored')).toHaveLength(1)
    expect(new Set(results.map(({ eventId }) => eventId))).toEqual(new Set([copy.id]))
    await writer.close()
  })

  test('refuses events beyond maxQueuedEvents with queue_full, and writes the rest', async () => {
    const writer = createEventWriter({ database: fromPg(testDatabase.pool), maxQueuedEvents: 2 })
    const results = await Promise.allSettled([event(), event(), event()].map(writer.write))
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected'])
    expect(results[2]).toMatchObject({ reason: { code: 'queue_full' } })
    await writer.close()
  })

  test('rejects with database_unavailable when nothing listens, and works again afterwards', async () => {
    const working = fromPg(testDatabase.pool)
    const away: Database = {
      query: working.query,
      transaction: vi
        .fn(working.transaction)
        .mockRejectedValueOnce(
          Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }),
        ) as never,
    }
    const writer = createEventWriter({ database: away })
    await expect(writer.write(event())).rejects.toMatchObject({
      name: 'StoreError',
      code: 'database_unavailable',
    })
    await expect(writer.write(event())).resolves.toMatchObject({ status: 'stored' })
    await writer.close()
  })

  test('rejects with database_error when the tables are missing', async () => {
    const writer = createEventWriter({ database: fromPg(testDatabase.pool), schema: 'elsewhere' })
    await expect(writer.write(event())).rejects.toMatchObject({
      code: 'database_error',
      message: expect.stringMatching(
        /^Failed to write events: PostgreSQL responded with 42P01 \(relation "elsewhere\.\w+" does not exist\)\. Apply the migrations/,
      ),
    })
    await writer.close()
  })

  test('commits the waiting events before close() resolves, and refuses later ones', async () => {
    const writer = createEventWriter({ database: fromPg(testDatabase.pool) })
    const waiting = writer.write(event())
    await writer.close()
    await expect(waiting).resolves.toMatchObject({ status: 'stored' })
    await expect(writer.write(event())).rejects.toMatchObject({ code: 'writer_closed' })
  })

  test('writes through a transaction that the host wraps', async () => {
    const plain = fromPg(testDatabase.pool)
    const seen: string[] = []
    const database: Database = {
      query: plain.query,
      transaction: (run) =>
        plain.transaction(async (tx) => {
          await tx.query("SELECT set_config('app.tenant', 'marketing', true)")
          const result = await run(tx)
          const [setting] = await tx.query<{ tenant: string }>(
            "SELECT current_setting('app.tenant') AS tenant",
          )
          seen.push(setting?.tenant ?? '')
          return result
        }),
    }
    const writer = createEventWriter({ database })
    await writer.write(event())
    await writer.close()
    expect(seen).toEqual(['marketing'])
  })
})

describe('fromPg', () => {
  test.each([
    { prepareStatements: undefined, prepared: 1 },
    { prepareStatements: false, prepared: 0 },
  ])(
    'prepares $prepared statement when prepareStatements is $prepareStatements',
    async ({ prepareStatements, prepared }) => {
      // A pool of one, so that both writes and the query use the same connection.
      const pool = new pg.Pool({ connectionString: testDatabase.url, max: 1 })
      const writer = createEventWriter({ database: fromPg(pool, { prepareStatements }) })
      await writer.write(event())
      await writer.write(event())
      await writer.close()
      const { rows } = await pool.query(
        "SELECT 1 FROM pg_prepared_statements WHERE name LIKE 'webhook_store_%'",
      )
      await pool.end()
      expect(rows).toHaveLength(prepared)
    },
  )

  test('rolls back when the work rejects', async () => {
    const database = fromPg(testDatabase.pool)
    const failed = database.transaction(async (tx) => {
      await tx.query("INSERT INTO service_usage_runs (kind, started_at) VALUES ('rolled-back', '2026-01-01')")
      throw new Error('changed my mind')
    })
    await expect(failed).rejects.toThrow('changed my mind')
    expect(await database.query("SELECT 1 FROM service_usage_runs WHERE kind = 'rolled-back'")).toEqual([])
  })

  test('survives a connection that is cut in the middle of a transaction', async () => {
    const database = fromPg(testDatabase.pool)
    const cut = database.transaction((tx) => tx.query('SELECT pg_terminate_backend(pg_backend_pid())'))
    await expect(cut).rejects.toThrow()
    expect(await database.query<{ one: number }>('SELECT 1 AS one')).toEqual([{ one: 1 }])
  })
})

const event = (): EventToStore => ({
  id: randomUUID(),
  event: {
    eventType: 'scan.completed',
    tenantId: 'tenant-1',
    occurredAt: '2026-02-13T12:00:00.000Z',
    payload: { jobId: 'job-1', mediaCount: 2, identitiesDetected: 3, durationMs: 40 },
  },
})

const counting = (database: Database): { database: Database; statements: () => number } => {
  let statements = 0
  return {
    database: {
      query: database.query,
      transaction: (run) => {
        statements += 1
        return database.transaction(run)
      },
    },
    statements: () => statements,
  }
}
