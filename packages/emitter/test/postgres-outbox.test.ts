import { randomUUID } from 'node:crypto'
import { createTestDatabase, type TestDatabase } from '@altcontext/test-database'
import { contractLimits } from '@altcontext/webhook-contract'
import type { NewOutboxEvent, Outbox } from '@altcontext/webhook-emitter'
import {
  createPostgresOutbox,
  migratePostgresOutbox,
  openPostgresOutboxRecords,
  postgresOutboxSql,
} from '@altcontext/webhook-emitter/postgres'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { expectBalanced, testOutbox } from './outbox-suite.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
  await migratePostgresOutbox({ pool: database.pool })
})
afterAll(() => database.drop())
beforeEach(() => database.pool.query('TRUNCATE webhook_outbox, webhook_outbox_ledger, webhook_outbox_clock'))

const pass = (ms: number) =>
  database.pool.query(
    `UPDATE webhook_outbox SET due_at = due_at - $1 * interval '1 ms', accepted_at = accepted_at - $1 * interval '1 ms',
       changed_at = changed_at - $1 * interval '1 ms'`,
    [ms],
  )

describe('a PostgreSQL outbox behaves like every outbox:', () => {
  testOutbox(async () => ({
    outbox: createPostgresOutbox({ pool: database.pool, pollIntervalMs: 50 }),
    advance: async (ms) => void (await pass(ms)),
  }))
})

describe('a PostgreSQL outbox', () => {
  const opened: Outbox[] = []
  let ready = 0
  const open = (options: Partial<Parameters<typeof createPostgresOutbox>[0]> = {}): Outbox => {
    const outbox = createPostgresOutbox({ pool: database.pool, pollIntervalMs: 60_000, ...options })
    ready = 0
    outbox.attach({
      onReady: () => {
        ready += 1
      },
      onDropped: ({ id }, reason) => dropped.push({ id, reason }),
    })
    opened.push(outbox)
    return outbox
  }
  const dropped: { id: string; reason: string }[] = []
  const claim = async (outbox: Outbox) => outbox.claim({ maxEvents: 500, leaseMs: 45_000 })
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((outbox) => outbox.close()))
    dropped.length = 0
  })

  test('takes an event from SQL if its transaction commits, and not if it is rolled back', async () => {
    const outbox = open()
    const client = await database.pool.connect()
    await client.query('BEGIN')
    await client.query('SELECT webhook_outbox_emit($1)', [envelope({ jobId: 'rolled-back' })])
    await client.query('ROLLBACK')
    await client.query('BEGIN')
    const { rows } = await client.query('SELECT webhook_outbox_emit($1, $2) AS id', [envelope(), traceparent])
    expect(await claim(outbox)).toEqual([])
    await client.query('COMMIT')
    client.release()
    const [event] = await claim(outbox)
    expect(event).toMatchObject({ id: rows[0].id, eventType: 'scan.completed', attempts: 0, traceparent })
    expect(JSON.parse(event?.body ?? '')).toEqual(envelope())
    expect(rows[0].id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/)
    await outbox.settle([{ id: rows[0].id, status: 'stored', attempts: 1 }])
    expect(outbox.counts()).toMatchObject({ accepted: 1, delivered: 1, pending: 0 })
  })

  test('is woken by NOTIFY long before it would poll', async () => {
    const outbox = open()
    await vi.waitFor(() => expect(ready).toBeGreaterThan(0), 60_000)
    ready = 0
    await database.pool.query('SELECT webhook_outbox_emit($1)', [envelope()])
    await vi.waitFor(() => expect(ready).toBeGreaterThan(0), 60_000)
    expect(await claim(outbox)).toHaveLength(1)
  })

  test('the SQL function keeps the id of an event, sends it once, and gives it a time if it has none', async () => {
    const outbox = open()
    const id = randomUUID()
    const { occurredAt, ...event } = envelope()
    for (let time = 0; time < 3; time += 1) {
      await database.pool.query('SELECT webhook_outbox_emit($1)', [{ id: id.toUpperCase(), ...event }])
    }
    const events = await claim(outbox)
    expect(events.map((claimed) => claimed.id)).toEqual([id])
    expect(JSON.parse(events[0]?.body ?? '')).toEqual({
      ...event,
      occurredAt: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/),
    })
    expect(occurredAt).toBeTypeOf('string')
  })

  test.each([
    ['no object', '[]'],
    ['no event type', { tenantId: 't', payload: {} }],
    ['no tenant', { eventType: 'scan.completed', payload: {} }],
    ['no payload', { eventType: 'scan.completed', tenantId: 't' }],
    ['more than 64 KiB', { eventType: 'a.b', tenantId: 't', payload: { text: 'x'.repeat(65_536) } }],
  ])('the SQL function refuses an event with %s', async (_, event) => {
    await expect(database.pool.query('SELECT webhook_outbox_emit($1)', [event])).rejects.toMatchObject({
      code: '22023',
    })
  })

  test('the SQL function also writes for an event that exists already, so that its commit waits for a standby', async () => {
    const client = await database.pool.connect()
    const event = { ...envelope(), id: randomUUID() }
    await client.query('SELECT webhook_outbox_emit($1)', [event])
    await client.query('BEGIN')
    await client.query('SELECT webhook_outbox_emit($1)', [event])
    // PostgreSQL gives a number to transactions that write, and those wait.
    const { rows } = await client.query('SELECT pg_current_xact_id_if_assigned() IS NOT NULL AS writes')
    await client.query('COMMIT')
    client.release()
    expect(rows).toEqual([{ writes: true }])
  })

  test('shares its events among processes, and those of a dead process are given back', async () => {
    const [first, second] = [open(), open()]
    await Promise.all(Array.from({ length: 40 }, () => first.accept(newEvent())))
    const [mine, theirs] = await Promise.all([
      first.claim({ maxEvents: 20, leaseMs: 45_000 }),
      second.claim({ maxEvents: 20, leaseMs: 45_000 }),
    ])
    expect(new Set([...mine, ...theirs].map(({ id }) => id)).size).toBe(40)
    await second.settle(theirs.map(({ id }) => ({ id, status: 'stored', attempts: 1 })))
    await pass(46_000)
    expect((await claim(second)).map(({ id }) => id)).toEqual(mine.map(({ id }) => id))
    // The first process is not dead after all: the waits that it sets do not take the events from their new holder.
    await first.settle(
      mine.map(({ id }) => ({ id, status: 'retry', attempts: 4, delayMs: 0, detail: 'timeout' })),
    )
    await vi.waitFor(async () => {
      expect(await claim(first)).toEqual([])
      expect(first.counts()).toMatchObject({ accepted: 40, delivered: 20, pending: 20 })
    }, 60_000)
  })

  test('refuses events over its limit without failing, and counts them', async () => {
    const outbox = open({ maxEvents: 2 })
    const results = await Promise.all(
      [newEvent(), newEvent(), newEvent()].map((event) => outbox.accept(event)),
    )
    expect(results.map(({ status }) => status)).toEqual(['accepted', 'accepted', 'dropped'])
    expect(outbox.counts()).toMatchObject({ accepted: 3, pending: 2, dropped: { queue_full: 1 } })
  })

  test('erases the body at the moment an event is delivered, and private fields of dead events after a week', async () => {
    const outbox = open()
    const events = [newEvent({ email: 'ada@private.example' }), newEvent({ email: 'bob@private.example' })]
    for (const event of events) await outbox.accept(event)
    const [delivered, dead] = (await claim(outbox)).map(({ id }) => id) as [string, string]
    await outbox.settle([
      { id: delivered, status: 'stored', attempts: 1 },
      { id: dead, status: 'dead', attempts: 1, reason: 'refused', detail: 'HTTP 400 invalid_request' },
    ])
    const text = async () =>
      (await database.pool.query('SELECT webhook_outbox::text AS row FROM webhook_outbox')).rows
        .map(({ row }) => row)
        .join()
    expect(await text()).not.toContain('ada@')
    expect(await text()).toContain('bob@')
    await pass(7 * 86_400_000 + 1000)
    open()
    await vi.waitFor(async () => expect(await text()).not.toContain('private.example'), 60_000)
  })

  test('drops events that are older than its age limit, prunes its log, and the ledger keeps counting', async () => {
    const first = open()
    const [old, done] = [newEvent(), newEvent()]
    await first.accept(done)
    await claim(first)
    await first.settle([{ id: done.id, status: 'duplicate', attempts: 1 }])
    await first.accept(old)
    await pass(3_700_000)
    const second = open({ maxAgeMs: 3_600_000, logRetentionMs: 3_600_000 })
    await vi.waitFor(() => expect(dropped).toEqual([{ id: old.id, reason: 'expired' }]), 60_000)
    await vi.waitFor(async () => expect(await records.list({ state: 'duplicate' })).toEqual([]), 60_000)
    await claim(second)
    expectBalanced(second.counts())
    expect(second.counts()).toMatchObject({ accepted: 2, duplicate: 1, pending: 0, dropped: { expired: 1 } })
  })

  test('after 60 days neither sends, retries nor replays an event, nor accepts it again', async () => {
    const first = open()
    const [waiting, dead, young] = [newEvent(), newEvent(), newEvent()]
    await first.accept(waiting)
    await first.accept(dead)
    const settlement = { status: 'dead', attempts: 1, reason: 'refused', detail: 'HTTP 400' } as const
    await claim(first)
    await first.settle([
      { id: waiting.id, status: 'retry', attempts: 4, delayMs: 60_000, detail: 'timeout' },
      { id: dead.id, ...settlement },
    ])
    await pass(contractLimits.retryHorizonMs + 1000)
    expect(await claim(first)).toEqual([])
    const second = open()
    await vi.waitFor(() => expect(dropped).toEqual([{ id: waiting.id, reason: 'expired' }]), 60_000)
    await second.accept(young)
    await claim(second)
    await second.settle([{ id: young.id, ...settlement }])
    expect(await second.accept(dead)).toEqual({ status: 'dropped', reason: 'expired' })
    expect(await records.replay({ id: dead.id })).toEqual({ replayed: 0, tooOld: 1 })
    expect(await records.replay({ deadSinceMs: 0 })).toEqual({ replayed: 1, tooOld: 1 })
    expect((await claim(second)).map(({ id }) => id)).toEqual([young.id])
    expect(await records.counts()).toMatchObject({
      accepted: 4,
      pending: 1,
      dead: 1,
      dropped: { expired: 2 },
    })
  })

  test('accepts a dead event that is emitted again, and sends no delivered one twice', async () => {
    const outbox = open()
    const [dead, delivered, pending] = [newEvent(), newEvent(), newEvent()]
    await outbox.accept(dead)
    await outbox.accept(delivered)
    await claim(outbox)
    await outbox.settle([
      { id: dead.id, status: 'dead', attempts: 1, reason: 'refused', detail: 'HTTP 400' },
      { id: delivered.id, status: 'stored', attempts: 1 },
    ])
    expect(
      await Promise.all([dead, delivered, pending, pending].map((event) => outbox.accept(event))),
    ).toEqual([
      { status: 'accepted' },
      { status: 'accepted', isDelivered: true },
      { status: 'accepted' },
      { status: 'accepted' },
    ])
    expect((await claim(outbox)).map(({ id }) => id).sort()).toEqual([dead.id, pending.id].sort())
    expect(outbox.counts()).toMatchObject({ accepted: 3, delivered: 1, dead: 0, pending: 2 })
    expectBalanced(outbox.counts())
  })

  test('lists, shows and replays, and says for each event what happened, when and why', async () => {
    const outbox = open()
    const event = newEvent()
    await outbox.accept(event)
    await claim(outbox)
    await outbox.settle([
      { id: event.id, status: 'dead', attempts: 1, reason: 'refused', detail: 'HTTP 400 invalid_request' },
    ])
    expect(await records.list({ state: 'dead' })).toMatchObject([{ id: event.id, reason: 'refused' }])
    expect(await records.replay({ deadSinceMs: 0 })).toEqual({ replayed: 1, tooOld: 0 })
    expect(await claim(outbox)).toMatchObject([{ id: event.id, attempts: 0 }])
    await outbox.settle([{ id: event.id, status: 'stored', attempts: 1 }])
    expect(await records.find(event.id)).toMatchObject({
      state: 'delivered',
      history: [
        { what: 'dead', attempts: 1, detail: 'HTTP 400 invalid_request' },
        { what: 'replayed' },
        { what: 'delivered', attempts: 1 },
      ],
    })
    expect(await records.counts()).toMatchObject({ accepted: 1, delivered: 1, dead: 0, pending: 0 })
  })

  test('a comparison rejects with outbox_failed when the database cannot be reached', async () => {
    const pool = new pg.Pool({ connectionString: 'postgresql://nobody@127.0.0.1:1/none' })
    const { completeness } = openPostgresOutboxRecords({ pool })
    await expect(completeness.producer()).rejects.toMatchObject({
      code: 'outbox_failed',
      reason: 'database_gone',
    })
    await pool.end()
  })

  test('rejects with outbox_failed and no payload when the database refuses', async () => {
    const outbox = open({ pool: failingPool })
    await expect(outbox.accept(newEvent())).rejects.toMatchObject({
      code: 'outbox_failed',
      message:
        'Failed to write to the PostgreSQL outbox: 57P03. Check the database; committed events are kept.',
    })
  })

  test('takes a schema with quotes, and refuses one whose name is too long or would end the body of a function', async () => {
    const schema = `it's "x"; --`
    await migratePostgresOutbox({ pool: database.pool, schema })
    await open({ schema }).accept(newEvent())
    expect(await claim(open({ schema }))).toHaveLength(1)
    await open({ schema: 'ä'.repeat(24) }).accept(newEvent())
    // "ä" has two bytes, and PostgreSQL counts those.
    const tooLong = ['a'.repeat(49), 'ä'.repeat(25)]
    for (const wrong of ['a$$; DROP TABLE leads; --', 'a$webhook_outbox$', 'a\0b', '', ...tooLong]) {
      expect(() => postgresOutboxSql(wrong)).toThrow(expect.objectContaining({ code: 'invalid_options' }))
      expect(() => open({ schema: wrong })).toThrow(expect.objectContaining({ code: 'invalid_options' }))
    }
  })

  test('migrates at every start, from several processes at once, and into a schema of its own', async () => {
    await Promise.all(
      Array.from({ length: 4 }, () => migratePostgresOutbox({ pool: database.pool, schema: 'Product "x"' })),
    )
    const outbox = open({ schema: 'Product "x"' })
    await outbox.accept(newEvent())
    expect(await claim(outbox)).toHaveLength(1)
    await database.pool.query(postgresOutboxSql('by_hand'))
    await migratePostgresOutbox({ pool: database.pool, schema: 'by_hand' })
    await database.pool.query('SELECT by_hand.webhook_outbox_emit($1)', [envelope()])
  })

  test('brings the tables of an older version up to date at the next start', async () => {
    await migratePostgresOutbox({ pool: database.pool, schema: 'older' })
    await database.pool.query('DELETE FROM older.webhook_outbox_migrations WHERE version > 1')
    await database.pool.query('DROP FUNCTION older.webhook_outbox_claim')
    await database.pool.query('SELECT older.webhook_outbox_emit($1)', [envelope()])
    expect(await claim(open({ schema: 'older' }))).toHaveLength(1)
  })

  const records = openPostgresOutboxRecords({
    pool: {
      query: (text, values) => database.pool.query(text, values),
      connect: () => database.pool.connect(),
    },
  })
})

const failingPool = {
  query: async () => {
    throw Object.assign(new Error('row (ada@private.example)'), { code: '57P03' })
  },
  connect: async () => {
    throw Object.assign(new Error('row (ada@private.example)'), { code: '57P03' })
  },
}

const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'

const envelope = (payload: object = {}) => ({
  eventType: 'scan.completed',
  tenantId: 'tenant-1',
  occurredAt: '2026-02-13T12:00:00.000Z',
  payload: { jobId: 'job-1', mediaCount: 1, identitiesDetected: 2, durationMs: 3, ...payload },
})

const newEvent = (payload: object = {}): NewOutboxEvent => ({
  id: randomUUID(),
  eventType: 'tenant.created',
  body: JSON.stringify({
    eventType: 'tenant.created',
    tenantId: 'tenant-1',
    occurredAt: '2026-02-13T12:00:00.000Z',
    payload: { siteUrl: 'https://gallery.example', ...payload },
  }),
})
