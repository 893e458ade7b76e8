import { randomUUID } from 'node:crypto'
import { createTestDatabase, type TestDatabase } from '@altcontext/test-database'
import { type AnyContract, defineContract, parseEvent } from '@altcontext/webhook-contract'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import { checkDatabase, fromPg, insertEvents } from '../src/index.ts'
import { plainSql } from '../src/installer/plain-sql.ts'

const joined = {
  description: 'A buyer joined.',
  payload: z.object({ mail: z.string().optional(), plan: z.string() }),
  privateFields: ['mail'] as const,
  sample: { plan: 'free' },
}
const paid = {
  description: 'An order was paid.',
  payload: z.object({ orderId: z.string() }),
  sample: { orderId: 'o-1' },
}

let testDatabase: TestDatabase

beforeAll(async () => {
  testDatabase = await createTestDatabase()
})
afterAll(() => testDatabase.drop())
beforeEach(() =>
  testDatabase.pool.query(
    'TRUNCATE tenant_events, tenant_milestones, service_usage_dirty, tenant_event_duplicates CASCADE',
  ),
)

test('the lead, the milestones and the days that change are those that the contract declares', async () => {
  const contract = defineContract({
    name: 'shop',
    events: {
      'buyer.joined': { ...joined, leadAddress: 'mail', milestone: 'created' },
      'order.paid': { ...paid, milestone: 'firstUse', changesDay: true },
    },
  })
  await testDatabase.pool.query(
    `INSERT INTO leads (id, email_normalized, source_channel, first_captured_at)
     VALUES ('lead-1', 'ada@example.com', 'newsletter', now())`,
  )
  await insert(contract, [
    ['buyer.joined', { mail: ' Ada@Example.com ', plan: 'free' }],
    ['order.paid', { orderId: 'o-1' }],
  ])
  expect(await rowsOf('SELECT event_type, lead_id, payload FROM tenant_events ORDER BY event_type')).toEqual([
    { event_type: 'buyer.joined', lead_id: 'lead-1', payload: { plan: 'free' } },
    { event_type: 'order.paid', lead_id: null, payload: { orderId: 'o-1' } },
  ])
  expect(
    await rowsOf(
      `SELECT tenant_id, lead_id, channel, tenant_created_at IS NOT NULL AS created, first_api_key_at,
        first_scan_at IS NOT NULL AS used FROM tenant_milestones`,
    ),
  ).toEqual([
    {
      tenant_id: 'buyer-1',
      lead_id: 'lead-1',
      channel: 'newsletter',
      created: true,
      first_api_key_at: null,
      used: true,
    },
  ])
  expect(await rowsOf('SELECT tenant_id, day::text FROM service_usage_dirty')).toEqual([
    { tenant_id: 'buyer-1', day: '2026-02-13' },
  ])
})

test('a contract that declares none of them needs no table of the marketing side', async () => {
  const contract = defineContract({ name: 'shop', events: { 'buyer.joined': joined, 'order.paid': paid } })
  await using bare = await createTestDatabase()
  await bare.pool.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public')
  await bare.pool.query(plainSql(contract))
  await bare.pool.query('DROP TABLE tenant_milestones, service_usage_dirty, service_usage_runs')
  const database = fromPg(bare.pool)
  await checkDatabase(database, { contract })
  await expect(checkDatabase(database)).rejects.toThrow('lead_identities, leads, sessions. Connect')
  const written = await insertEvents(database, toStore(contract, [['order.paid', { orderId: 'o-1' }]]), {
    contract,
  })
  expect(written.map(({ status }) => status)).toEqual(['stored'])
})

const toStore = (contract: AnyContract, events: readonly (readonly [string, object])[]) =>
  events.map(([eventType, payload]) => ({
    id: randomUUID(),
    event: parseEvent(contract, {
      eventType,
      tenantId: 'buyer-1',
      occurredAt: '2026-02-13T12:00:00Z',
      payload,
    }),
  }))

const insert = (contract: AnyContract, events: readonly (readonly [string, object])[]) =>
  insertEvents(fromPg(testDatabase.pool), toStore(contract, events), { contract })

const rowsOf = async (sql: string): Promise<unknown[]> => (await testDatabase.pool.query(sql)).rows
