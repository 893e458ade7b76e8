import { createTestDatabase, type TestDatabase } from '@altcontext/test-database'
import { count, defineContract, identifier } from '@altcontext/webhook-contract'
import { createEmitter } from '@altcontext/webhook-emitter'
import {
  createPostgresOutbox,
  migratePostgresOutbox,
  postgresOutboxSql,
} from '@altcontext/webhook-emitter/postgres'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { adminKey, createStubReceiver, url } from './stub-receiver.ts'

const contract = defineContract({
  name: "shop's",
  hasTenants: false,
  events: {
    'order.paid': {
      description: 'An order was paid.',
      payload: z.object({ orderId: identifier(), cents: count(100_000_000) }),
      sample: { orderId: 'order-1', cents: 4200 },
    },
  },
})
const event = { eventType: 'order.paid', payload: { orderId: 'order-1', cents: 4200 } }

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
  await migratePostgresOutbox({ pool: database.pool })
})
afterAll(() => database.drop())

const emit = async (value: object): Promise<{ body: Record<string, unknown>; id: string }> => {
  const { rows } = await database.pool.query('SELECT webhook_outbox_emit($1) AS id', [value])
  const found = await database.pool.query('SELECT body FROM webhook_outbox WHERE id = $1', [rows[0].id])
  return { id: rows[0].id, body: JSON.parse(found.rows[0].body) }
}

test('before a contract without tenants is installed, an event without a tenant is refused, and the error says how to allow it', async () => {
  await expect(emit(event)).rejects.toMatchObject({
    code: '22023',
    message: expect.stringContaining(
      'install a contract without tenants with "webhook-relay sql --contract"',
    ),
  })
})

test('once it is installed, even in a schema of an older version, an event without a tenant is delivered', async () => {
  await database.pool.query('DELETE FROM webhook_outbox_migrations WHERE version > 6')
  await database.pool.query('ALTER TABLE webhook_outbox_event_types DROP COLUMN tenant_id')
  await database.pool.query(postgresOutboxSql('public', contract))
  const { id, body } = await emit(event)
  expect(body).toMatchObject({ ...event, tenantId: "shop's" })

  const receiver = createStubReceiver()
  const outbox = createPostgresOutbox({ pool: database.pool })
  const emitter = createEmitter({ url, adminKey, contract, outbox, fetch: receiver.fetch })
  await emitter.close()
  const { rows } = await database.pool.query('SELECT state FROM webhook_outbox WHERE id = $1', [id])
  expect(rows).toEqual([{ state: 'delivered' }])
})

test('a tenant that is sent anyway is ignored', async () => {
  for (const tenantId of ['another', 7, null]) {
    expect((await emit({ ...event, tenantId })).body.tenantId).toBe("shop's")
  }
})
