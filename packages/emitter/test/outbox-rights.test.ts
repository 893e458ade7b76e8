import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createTestDatabase, type TestDatabase } from '@altcontext/test-database'
import { descriptionServiceContract } from '@altcontext/webhook-contract'
import { createEmitter } from '@altcontext/webhook-emitter'
import {
  createPostgresOutbox,
  migratePostgresOutbox,
  openPostgresOutboxRecords,
  postgresOutboxSql,
} from '@altcontext/webhook-emitter/postgres'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { adminKey, createStubReceiver, scan, url } from './stub-receiver.ts'

const logger = { debug() {}, info() {}, warn() {}, error() {} }
const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const [productGrants = '', delivererGrants = ''] = [...readme.matchAll(/```sql\n(GRANT .*?)```/gs)].map(
  ([, sql = '']) => sql,
)
const [product, deliverer, owner] = ['product', 'deliverer', 'owner'].map(
  (role) => `${role}_${Math.random().toString(36).slice(2)}`,
) as [string, string, string]

let database: TestDatabase
const pools: pg.Pool[] = []
const poolOf = (role: string): pg.Pool => {
  const address = new URL(database.url)
  address.username = role
  address.password = 'secret'
  const pool = new pg.Pool({ connectionString: address.href, max: 4 })
  pools.push(pool)
  return pool
}

beforeAll(async () => {
  database = await createTestDatabase()
  for (const role of [product, deliverer, owner]) {
    await database.pool.query(`CREATE ROLE ${role} LOGIN PASSWORD 'secret'`)
  }
  await database.pool.query(`GRANT CREATE ON SCHEMA public TO ${owner}`)
  await migratePostgresOutbox({ pool: poolOf(owner) })
  await database.pool.query(productGrants.replaceAll('product', product))
  await database.pool.query(delivererGrants.replaceAll('deliverer', deliverer))
})
afterAll(async () => {
  await Promise.all(pools.map((pool) => pool.end()))
  const roles = [product, deliverer, owner].join(', ')
  await database.pool.query(`DROP OWNED BY ${roles}; DROP ROLE ${roles}`)
  await database.drop()
})

describe('with the rights that the README grants, and no other,', () => {
  test('a product emits in its transaction, and another role delivers', async () => {
    const receiver = createStubReceiver()
    const outbox = createPostgresOutbox({ pool: poolOf(product), isWriteOnly: true })
    const writer = createEmitter({ url, adminKey, logger, outbox })
    const client = await poolOf(product).connect()
    await client.query('BEGIN')
    const inTransaction = await writer.emit('scan.completed', scan(), { tx: client })
    await client.query('COMMIT')
    client.release()
    const alone = await writer.emit('scan.completed', scan())
    expect([inTransaction.status, alone.status]).toEqual(['accepted', 'accepted'])
    await expect(outbox.check?.()).resolves.toBeUndefined()
    expect(await writer.close()).toEqual({ isComplete: true, pending: 0, dropped: 0 })

    const emitter = createEmitter({
      url,
      adminKey,
      logger,
      fetch: receiver.fetch,
      outbox: createPostgresOutbox({ pool: poolOf(deliverer), pollIntervalMs: 50 }),
    })
    await emitter.emit('scan.completed', scan())
    await expect.poll(() => receiver.stored.size).toBe(3)
    expect(receiver.stored).toContain(inTransaction.eventId)
    await emitter.close()
    expect(emitter.stats()).toMatchObject({ accepted: 3, delivered: 3, pending: 0 })
  })

  test('the role that delivers names its outbox, sends heartbeats, compares, and prunes', async () => {
    const receiver = createStubReceiver()
    const failures: object[] = []
    const pool = poolOf(deliverer)
    const emitter = createEmitter({
      url,
      adminKey,
      logger: { ...logger, error: (details) => void failures.push(details) },
      fetch: receiver.fetch,
      outbox: createPostgresOutbox({ pool, pollIntervalMs: 50 }),
    })
    expect(await emitter.deliver('scan.completed', scan())).toMatchObject({ status: 'stored' })
    const { producer } = await emitter.reconcile()
    await expect.poll(() => receiver.heartbeats.length).toBeGreaterThan(0)
    const bodies = receiver.requests.map(({ body }) => JSON.parse(body) as object)
    for (const body of [...bodies, ...receiver.comparisons, ...receiver.heartbeats])
      expect(body).toMatchObject({ producer })
    const records = openPostgresOutboxRecords({ pool })
    await expect.poll(async () => (await records.prune({ olderThanMs: 0 })).deleted).toBeGreaterThan(0)
    expect(await records.completeness.sealedBuckets()).not.toEqual([])
    await records.completeness.stopComparing([randomUUID()])
    expect(await records.completeness.takeTurn(0)).toBe(true)
    await emitter.close()
    expect(failures).toEqual([])
  })

  test('what the role that delivers may not do is reported once for each cause', async () => {
    await database.pool.query(
      `REVOKE ALL ON webhook_outbox_sealed, webhook_outbox_producer FROM ${deliverer}`,
    )
    const receiver = createStubReceiver()
    const failures: object[] = []
    const emitter = createEmitter({
      url,
      adminKey,
      logger: { ...logger, error: (details) => void failures.push(details) },
      fetch: receiver.fetch,
      outbox: createPostgresOutbox({ pool: poolOf(deliverer) }),
    })
    for (let sent = 0; sent < 3; sent += 1) await emitter.deliver('scan.completed', scan())
    await expect.poll(() => failures).toHaveLength(2)
    expect(failures).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ operation: 'identify' }),
        expect.objectContaining({ operation: 'tidy' }),
      ]),
    )
    await database.pool.query(delivererGrants.replaceAll('deliverer', deliverer))
    await emitter.close()
  })

  test.each(['webhook_outbox', 'webhook_outbox_ledger', 'webhook_outbox_event_types'])(
    'a product cannot read %s',
    async (table) => {
      await expect(poolOf(product).query(`SELECT FROM ${table}`)).rejects.toMatchObject({ code: '42501' })
    },
  )

  test('functions that a product puts before PostgreSQL’s own are not called with the owner’s rights', async () => {
    const client = await poolOf(product).connect()
    await client.query(`CREATE TEMP TABLE webhook_outbox (id UUID);
      CREATE FUNCTION pg_temp.octet_length(text) RETURNS INT LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'called as %', current_user; END $$;
      SET search_path = pg_temp, public`)
    const { rows } = await client.query('SELECT webhook_outbox_emit($1) AS id', [envelope()])
    client.release(true)
    const found = await database.pool.query('SELECT state FROM public.webhook_outbox WHERE id = $1', [
      rows[0].id,
    ])
    expect(found.rows).toEqual([{ state: 'pending' }])
  })
})

test('a role that was granted nothing cannot call the function', async () => {
  await expect(poolOf(deliverer).query('SELECT webhook_outbox_emit($1)', [envelope()])).rejects.toMatchObject(
    { code: '42501' },
  )
})

test('a write-only outbox says in its own words that its role may not write, and an emitter counts the event', async () => {
  const outbox = createPostgresOutbox({ pool: poolOf(deliverer), isWriteOnly: true })
  const emitter = createEmitter({ url, adminKey, logger, outbox })
  expect(await emitter.emit('scan.completed', scan())).toMatchObject({
    status: 'dropped',
    reason: 'outbox_failed',
  })
  expect(emitter.stats()).toMatchObject({ accepted: 1, dropped: { outbox_failed: 1 } })
  await emitter.close()
})

test('a role that could insert before the function had its owner’s rights may still call it', async () => {
  const pool = poolOf(owner)
  const [before] = postgresOutboxSql('older').split('-- The contract, if it has been installed')
  const databaseName = new URL(database.url).pathname.slice(1)
  await database.pool.query(`GRANT CREATE ON DATABASE ${databaseName} TO ${owner}`)
  await pool.query(`${before} COMMIT;`)
  await pool.query(
    `GRANT USAGE ON SCHEMA older TO ${product}; GRANT SELECT, INSERT ON older.webhook_outbox TO ${product}`,
  )
  await migratePostgresOutbox({ pool, schema: 'older' })
  const { rows } = await poolOf(product).query('SELECT older.webhook_outbox_emit($1) AS id', [envelope()])
  expect(rows).toHaveLength(1)
})

describe('once the contract is installed,', () => {
  beforeAll(async () => {
    await poolOf(owner).query(postgresOutboxSql('public', descriptionServiceContract))
  })

  test('an event of the contract is accepted, with fields that may be null left out', async () => {
    for (const [eventType, { sample }] of Object.entries(descriptionServiceContract.events)) {
      await poolOf(product).query('SELECT webhook_outbox_emit($1)', [
        { ...envelope(), eventType, payload: sample },
      ])
    }
    await poolOf(product).query('SELECT webhook_outbox_emit($1)', [
      { eventType: 'tenant.created', tenantId: 'tenant-1', payload: { email: null } },
    ])
  })

  test('an event of an unknown type is refused, without repeating the type', async () => {
    const emitted = poolOf(product).query('SELECT webhook_outbox_emit($1)', [
      { ...envelope(), eventType: 'scan.complete' },
    ])
    await expect(emitted).rejects.toMatchObject({
      code: '22023',
      message: expect.stringMatching(
        /the contract that is installed does not know its type\. Correct the caller/,
      ),
    })
  })

  test('an event without its required fields is refused, and each field is named', async () => {
    const { jobId, durationMs, ...payload } = envelope().payload
    const emitted = poolOf(product).query('SELECT webhook_outbox_emit($1)', [
      { ...envelope(), payload: { ...payload, durationMs: null } },
    ])
    await expect(emitted).rejects.toMatchObject({
      code: '22023',
      message: 'Failed to emit scan.completed: its payload has no jobId, durationMs. Correct the caller.',
    })
    expect([jobId, durationMs]).toEqual(['job-1', 3200])
  })

  test('a rejected event fails its transaction, and the relay’s script may be run again', async () => {
    await poolOf(owner).query(postgresOutboxSql('public', descriptionServiceContract))
    const { rows } = await database.pool.query(
      'SELECT count(*)::int AS types FROM webhook_outbox_event_types',
    )
    expect(rows).toEqual([{ types: Object.keys(descriptionServiceContract.events).length }])
  })
})

const envelope = () => {
  const { tenantId, ...payload } = scan()
  return { eventType: 'scan.completed', tenantId, occurredAt: '2026-02-13T12:00:00.000Z', payload }
}
