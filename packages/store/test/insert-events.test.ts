import { randomUUID } from 'node:crypto'
import { createTestDatabase, type TestDatabase } from '@altcontext/test-database'
import {
  type DescriptionServiceContract,
  descriptionServiceContract,
  parseEvent,
} from '@altcontext/webhook-contract'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createEventWriter, type EventToStore, fromPg, insertEvents } from '../src/index.ts'

let testDatabase: TestDatabase
const contract = descriptionServiceContract

beforeAll(async () => {
  testDatabase = await createTestDatabase()
})
afterAll(() => testDatabase.drop())
beforeEach(() =>
  testDatabase.pool.query(
    'TRUNCATE tenant_events, tenant_milestones, service_usage_dirty, tenant_event_duplicates, leads, visitors CASCADE',
  ),
)

describe('insertEvents', () => {
  test('stores an event once and reports a repeated one as a duplicate with the same id', async () => {
    const event = scanCompleted()
    expect(await insert([event])).toEqual([{ status: 'stored', eventId: event.id }])
    expect(await insert([event])).toEqual([{ status: 'duplicate', eventId: event.id }])
    expect(await count('tenant_events')).toBe(1)
  })

  test('recognises an id in upper case as the same id', async () => {
    const event = scanCompleted()
    await insert([event])
    expect(await insert([{ ...event, id: event.id.toUpperCase() }])).toEqual([
      { status: 'duplicate', eventId: event.id },
    ])
  })

  test('reports copies within one call as one stored event and duplicates, in order', async () => {
    const event = scanCompleted()
    const other = scanCompleted()
    const results = await insert([event, other, event, event])
    expect(results.map(({ status }) => status)).toEqual(['stored', 'stored', 'duplicate', 'duplicate'])
  })

  test('counts every recognised duplicate', async () => {
    const event = scanCompleted()
    await insert([event, event, event])
    await insert([event])
    const { rows } = await testDatabase.pool.query(
      'SELECT event_type, sum(duplicates)::int AS duplicates FROM tenant_event_duplicates GROUP BY event_type',
    )
    expect(rows).toEqual([{ event_type: 'scan.completed', duplicates: 3 }])
  })

  test('is planned by PostgreSQL five times on a connection, not for every commit, whatever the addresses', async () => {
    const pool = new pg.Pool({ connectionString: testDatabase.url, max: 1 })
    for (let commit = 0; commit < 12; commit += 1) {
      const addresses = Array.from({ length: commit % 4 }, (_, index) => `lead${index}@example.com`)
      await insertEvents(
        fromPg(pool),
        [scanCompleted(), ...addresses.map((email) => tenantCreated({ tenantId: randomUUID(), email }))],
        { contract },
      )
    }
    const { rows } = await pool.query(
      `SELECT custom_plans::int, generic_plans::int FROM pg_prepared_statements WHERE name LIKE 'webhook_store_%'`,
    )
    await pool.end()
    expect(rows).toEqual([{ custom_plans: 5, generic_plans: 7 }])
  })

  test('writes nothing for an empty call', async () => {
    expect(await insert([])).toEqual([])
  })

  test('stores times as UTC whatever the session says', async () => {
    await insert([scanCompleted({ occurredAt: '2026-02-13T23:30:00.123456+05:45' })])
    const { rows } = await testDatabase.pool.query(
      `SELECT to_char(occurred_at, 'YYYY-MM-DD HH24:MI:SS.MS') AS occurred, to_char(received_at, 'YYYY-MM-DD HH24:MI') AS received FROM tenant_events`,
    )
    expect(rows).toEqual([{ occurred: '2026-02-13 17:45:00.123', received: '2026-11-22 10:00' }])
    expect(await dirtyDays()).toEqual(['2026-02-13'])
  })

  test('marks the tenant day dirty for usage, and not for a tenant or a key', async () => {
    await insert([tenantCreated(), apiKeyCreated(), scanCompleted(), scanCompleted()])
    expect(await dirtyDays()).toEqual(['2026-02-13'])
  })

  test('lets an event that the database refuses fail alone', async () => {
    const events = [scanCompleted(), scanCompleted(), scanCompleted()]
    const refused = {
      id: randomUUID(),
      event: { ...scanCompleted().event, payload: { jobId: 'a\u0000b' } },
    }
    const results = await insert([...events, refused])
    expect(results.map(({ status }) => status)).toEqual(['stored', 'stored', 'stored', 'refused'])
    expect(results[3]).toEqual({ status: 'refused', eventId: refused.id, reason: '22P05' })
    expect(await count('tenant_events')).toBe(3)
  })

  test('writes overlapping batches of several writers without a deadlock and without storing any event twice', async () => {
    const events = Array.from({ length: 400 }, (_, position) =>
      position % 2 === 0
        ? scanCompleted({ tenantId: `tenant-${position % 7}` })
        : tenantCreated({ tenantId: `tenant-${position % 7}` }),
    )
    const writers = Array.from({ length: 4 }, () =>
      createEventWriter({ database: fromPg(testDatabase.pool), maxBatchRows: 37 }),
    )
    const results = await Promise.all(
      writers.map((writer, position) => writer.writeAll(position % 2 === 0 ? events : events.toReversed())),
    )
    await Promise.all(writers.map((writer) => writer.close()))
    expect(results.flat().filter(({ status }) => status === 'stored')).toHaveLength(400)
    expect(results.flat().filter(({ status }) => status === 'duplicate')).toHaveLength(1200)
    expect(await count('tenant_events')).toBe(400)
  })
})

describe('attribution', () => {
  test('links a new tenant to the lead with the same address, trimmed and in lower case', async () => {
    const lead = await captureLead('ada@example.com', { sourceChannel: 'newsletter' })
    await insert([tenantCreated({ email: '  Ada@Example.COM ' })])
    expect(await attributionOf('tenant-1')).toEqual({
      event_lead: lead,
      lead_id: lead,
      channel: 'newsletter',
    })
  })

  test('stores no address', async () => {
    await captureLead('ada@example.com')
    await insert([tenantCreated({ email: 'ada@example.com' })])
    const { rows } = await testDatabase.pool.query('SELECT payload::text AS payload FROM tenant_events')
    expect(rows[0].payload).not.toContain('ada')
  })

  test('leaves a tenant with an unknown address, or none, without lead and channel', async () => {
    await insert([
      tenantCreated({ email: 'nobody@example.com' }),
      tenantCreated({ tenantId: 'tenant-2', email: null }),
    ])
    for (const tenant of ['tenant-1', 'tenant-2']) {
      expect(await attributionOf(tenant)).toEqual({ event_lead: null, lead_id: null, channel: null })
    }
  })

  test('takes the channel of the first visit where the lead form named none', async () => {
    const lead = await captureLead('ada@example.com')
    await visit(lead, { at: '2026-01-02T00:00:00Z', source: 'social' })
    await visit(lead, { at: '2026-01-01T00:00:00Z', source: 'organic_search' })
    await insert([tenantCreated({ email: 'ada@example.com' })])
    expect(await attributionOf('tenant-1')).toMatchObject({ channel: 'organic_search' })
  })

  test('says unknown for a lead whose origin is unknown', async () => {
    await captureLead('ada@example.com')
    await insert([tenantCreated({ email: 'ada@example.com' })])
    expect(await attributionOf('tenant-1')).toMatchObject({ channel: 'unknown' })
  })

  test('forgets the lead when it is deleted with plain SQL, and keeps the channel', async () => {
    await captureLead('ada@example.com', { sourceChannel: 'newsletter' })
    await insert([tenantCreated({ email: 'ada@example.com' })])
    await testDatabase.pool.query('DELETE FROM leads')
    expect(await attributionOf('tenant-1')).toEqual({
      event_lead: null,
      lead_id: null,
      channel: 'newsletter',
    })
  })

  test('stores the tenant without a lead when the lead is deleted while the event is being written', async () => {
    await captureLead('ada@example.com')
    const deleting = await testDatabase.pool.connect()
    await deleting.query('BEGIN')
    await deleting.query('DELETE FROM leads')
    const inserted = insert([tenantCreated({ email: 'ada@example.com' })])
    await waitForLock()
    await deleting.query('COMMIT')
    deleting.release()
    expect((await inserted).map(({ status }) => status)).toEqual(['stored'])
    expect(await attributionOf('tenant-1')).toEqual({ event_lead: null, lead_id: null, channel: null })
  })
})

describe('milestones', () => {
  test('keep the earliest of each, in whatever order and groups the events arrive', async () => {
    const first = await captureLead('first@example.com', { sourceChannel: 'first' })
    await captureLead('second@example.com', { sourceChannel: 'second' })
    const events = [
      tenantCreated({ occurredAt: '2026-02-01T00:00:00Z', email: 'first@example.com' }),
      tenantCreated({ occurredAt: '2026-02-02T00:00:00Z', email: 'second@example.com' }),
      tenantCreated({ occurredAt: '2026-01-31T00:00:00Z' }),
      apiKeyCreated({ occurredAt: '2026-02-04T00:00:00Z' }),
      apiKeyCreated({ occurredAt: '2026-02-03T00:00:00Z' }),
      scanCompleted({ occurredAt: '2026-02-06T00:00:00Z' }),
      scanCompleted({ occurredAt: '2026-02-05T00:00:00Z' }),
    ]
    for (const order of [events, events.toReversed(), rotated(events, 3)]) {
      for (const groupSize of [1, 2, 7]) {
        await testDatabase.pool.query('TRUNCATE tenant_events, tenant_milestones')
        for (const group of groupsOf(order, groupSize)) await insert(group)
        const { rows } = await testDatabase.pool.query(
          `SELECT lead_id, channel,
             to_char(tenant_created_at, 'YYYY-MM-DD') AS created, to_char(first_api_key_at, 'YYYY-MM-DD') AS key,
             to_char(first_scan_at, 'YYYY-MM-DD') AS scan, to_char(attributed_at, 'YYYY-MM-DD') AS attributed
           FROM tenant_milestones`,
        )
        expect(rows, `groups of ${groupSize}`).toEqual([
          {
            lead_id: first,
            channel: 'first',
            created: '2026-01-31',
            key: '2026-02-03',
            scan: '2026-02-05',
            attributed: '2026-02-01',
          },
        ])
      }
    }
  })
})

const insert = (events: EventToStore[]) =>
  insertEvents(fromPg(testDatabase.pool), events, { contract, nowMs: Date.parse('2026-11-22T10:00:00Z') })

type Input = { tenantId?: string; occurredAt?: string; email?: string | null }

const toStore = (
  eventType: keyof DescriptionServiceContract['events'],
  { tenantId = 'tenant-1', occurredAt = '2026-02-13T12:00:00Z' }: Input,
  payload: object,
) => ({
  id: randomUUID(),
  event: parseEvent(contract, { eventType, tenantId, occurredAt, payload }),
})
const tenantCreated = (input: Input = {}) =>
  toStore('tenant.created', input, { siteUrl: 'https://gallery.example', email: input.email })
const apiKeyCreated = (input: Input = {}) => toStore('apikey.created', input, { keyPrefix: 'ac_live' })
const scanCompleted = (input: Input = {}) =>
  toStore('scan.completed', input, { jobId: 'job-1', mediaCount: 2, identitiesDetected: 3, durationMs: 40 })

const captureLead = async (
  email: string,
  { sourceChannel = null as string | null } = {},
): Promise<string> => {
  const id = randomUUID()
  await testDatabase.pool.query(
    `INSERT INTO leads (id, email_normalized, source_channel, consent_status, first_captured_at, last_captured_at)
     VALUES ($1, $2, $3, 'express', '2026-01-01', '2026-01-01')`,
    [id, email, sourceChannel],
  )
  return id
}

const visit = async (lead: string, { at, source }: { at: string; source: string }): Promise<void> => {
  const [visitor, session] = [randomUUID(), randomUUID()]
  await testDatabase.pool.query(
    `INSERT INTO visitors (id, anon_id, first_seen_at, last_seen_at) VALUES ($1, 'visitor-' || $1::text, $2::timestamp, $2::timestamp)`,
    [visitor, at],
  )
  await testDatabase.pool.query(
    `INSERT INTO sessions (id, visitor_id, started_at, last_activity_at, landing_path) VALUES ($1, $2, $3::timestamp, $3::timestamp, '/')`,
    [session, visitor, at],
  )
  await testDatabase.pool.query(
    `INSERT INTO events (id, visitor_id, session_id, event_type, path, timestamp, property_id, traffic_source, is_entrance)
     VALUES ($1, $2, $3, 'page_view', '/', $4::timestamp, 'marketing', $5::traffic_source, true)`,
    [randomUUID(), visitor, session, at, source],
  )
  await testDatabase.pool.query(
    `INSERT INTO lead_identities (id, lead_id, visitor_id, link_source, confidence, linked_at) VALUES ($1, $2, $3, 'form_submit', 1, $4::timestamp)`,
    [randomUUID(), lead, visitor, at],
  )
}

const attributionOf = async (tenantId: string) => {
  const { rows } = await testDatabase.pool.query(
    `SELECT event.lead_id AS event_lead, milestone.lead_id, milestone.channel
     FROM tenant_events event JOIN tenant_milestones milestone USING (tenant_id) WHERE tenant_id = $1`,
    [tenantId],
  )
  return rows[0]
}

const count = async (table: string): Promise<number> =>
  (await testDatabase.pool.query(`SELECT count(*)::int AS count FROM ${table}`)).rows[0].count

const dirtyDays = async (): Promise<string[]> =>
  (
    await testDatabase.pool.query(
      `SELECT to_char(day, 'YYYY-MM-DD') AS day FROM service_usage_dirty ORDER BY day`,
    )
  ).rows.map(({ day }) => day)

const waitForLock = () =>
  expect
    .poll(
      async () =>
        (
          await testDatabase.pool.query(
            `SELECT count(*)::int AS waiting FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`,
          )
        ).rows[0].waiting,
    )
    .toBeGreaterThan(0)

const groupsOf = <T>(items: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, group) =>
    items.slice(group * size, (group + 1) * size),
  )
const rotated = <T>(items: readonly T[], by: number): T[] => [...items.slice(by), ...items.slice(0, by)]
