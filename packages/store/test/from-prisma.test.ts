import { randomUUID } from 'node:crypto'
import { createTestDatabase, generatePrismaClient, type TestDatabase } from '@altcontext/test-database'
import { PrismaPg } from '@prisma/adapter-pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  createEventWriter,
  type Database,
  type EventToStore,
  fromPrisma,
  type PrismaRawClient,
  takeFromRateWindow,
} from '../src/index.ts'

let testDatabase: TestDatabase
let client: PrismaRawClient & { $disconnect(): Promise<void> }

beforeAll(async () => {
  testDatabase = await createTestDatabase()
  await generatePrismaClient(`${import.meta.dirname}/prisma/schema.prisma`)
  const { PrismaClient } = await import(new URL('prisma/generated/client.ts', import.meta.url).href)
  client = new PrismaClient({ adapter: new PrismaPg({ connectionString: testDatabase.url }) })
})

afterAll(async () => {
  await client.$disconnect()
  await testDatabase.drop()
})

describe('fromPrisma', () => {
  test('stores an event once and recognises the duplicate', async () => {
    const writer = createEventWriter({ database: fromPrisma(client) })
    const event = scanCompleted()
    expect(await writer.write(event)).toEqual({ status: 'stored', eventId: event.id })
    expect(await writer.write(event)).toEqual({ status: 'duplicate', eventId: event.id })
    await writer.close()
  })

  test('links a tenant to its lead', async () => {
    await testDatabase.pool.query(
      `INSERT INTO leads (id, email_normalized, source_channel, first_captured_at, last_captured_at)
       VALUES ('lead-1', 'ada@example.com', 'newsletter', '2026-01-01', '2026-01-01')`,
    )
    const writer = createEventWriter({ database: fromPrisma(client) })
    const event = {
      ...scanCompleted().event,
      eventType: 'tenant.created',
      payload: { email: 'Ada@example.com' },
    }
    await writer.write({ id: randomUUID(), event })
    await writer.close()
    const { rows } = await testDatabase.pool.query(
      "SELECT lead_id, channel FROM tenant_milestones WHERE tenant_id = 'tenant-1'",
    )
    expect(rows).toEqual([{ lead_id: 'lead-1', channel: 'newsletter' }])
  })

  test('lets an event that the database refuses fail alone, with its SQLSTATE', async () => {
    const writer = createEventWriter({ database: fromPrisma(client) })
    const refused = { id: randomUUID(), event: { ...scanCompleted().event, payload: { jobId: 'a\u0000b' } } }
    const results = await writer.writeAll([scanCompleted(), refused])
    expect(results.map(({ status }) => status)).toEqual(['stored', 'refused'])
    expect(results[1]).toMatchObject({ reason: '22P05' })
    await writer.close()
  })

  test('counts in a window, and says when there is room', async () => {
    const take = { name: 'limit', max: 3, timeWindowMs: 86_400_000, amount: 2, times: 2 }
    const verdict = await takeFromRateWindow(fromPrisma(client), take)
    expect(verdict).toEqual({ allowed: 1, retryAfterMs: expect.any(Number) })
    expect(verdict.retryAfterMs).toBeGreaterThan(86_400_000)
  })

  test('leaves no transaction open for longer than a minute, whatever becomes of its process', async () => {
    const read = (tx: Database) =>
      tx.query("SELECT current_setting('idle_in_transaction_session_timeout') AS idle")
    const database = fromPrisma(client)
    expect(await database.transaction(read)).toEqual([{ idle: '1min' }])
    expect(await database.transaction(read, { timeoutMs: 1500 })).toEqual([{ idle: '1500ms' }])
    expect(await database.transaction(read, { isReport: true })).toEqual([{ idle: '1min' }])
  })

  test('rolls back when the work rejects', async () => {
    const database = fromPrisma(client)
    const failed = database.transaction(async (tx) => {
      await tx.query("INSERT INTO service_usage_runs (kind, started_at) VALUES ('rolled-back', '2026-01-01')")
      throw new Error('changed my mind')
    })
    await expect(failed).rejects.toThrow('changed my mind')
    expect(await database.query("SELECT kind FROM service_usage_runs WHERE kind = 'rolled-back'")).toEqual([])
  })

  test('waits for a commit that takes 6 s, longer than a transaction of Prisma may take by itself', async () => {
    await testDatabase.pool.query(`
      CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(6); RETURN NULL; END';
      CREATE CONSTRAINT TRIGGER wait AFTER INSERT ON tenant_events
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait()`)
    const writer = createEventWriter({ database: fromPrisma(client) })
    expect(await writer.write(scanCompleted())).toMatchObject({ status: 'stored' })
    await writer.close()
    await testDatabase.pool.query('DROP FUNCTION wait CASCADE')
  })

  test('runs a beforeTransaction whose function returns nothing, which Prisma cannot read', async () => {
    await testDatabase.pool.query(`CREATE FUNCTION set_context(tenant uuid) RETURNS void LANGUAGE sql AS
      $$ SELECT set_config('app.tenant', tenant::text, true) $$`)
    const tenantId = randomUUID()
    const database = fromPrisma(client, {
      beforeTransaction: (tx) => tx.query('SELECT set_context($1)', [tenantId]),
    })
    const context = "SELECT current_setting('app.tenant', true) AS tenant"
    expect(await database.query(context)).toEqual([{ tenant: tenantId }])
    expect(await database.transaction((tx) => tx.query(context))).toEqual([{ tenant: tenantId }])
    const broken = fromPrisma(client, {
      beforeTransaction: (tx) => tx.query('SELECT set_context($1)', ['no uuid']),
    })
    await expect(broken.query(context)).rejects.toMatchObject({ code: 'context_failed' })
  })
})

const scanCompleted = (): EventToStore => ({
  id: randomUUID(),
  event: {
    eventType: 'scan.completed',
    tenantId: 'tenant-1',
    occurredAt: '2026-02-13T12:00:00.000Z',
    payload: { jobId: 'job-1', mediaCount: 2, identitiesDetected: 3, durationMs: 40 },
  },
})
