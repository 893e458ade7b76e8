import { createTestDatabase } from '@altcontext/test-database'
import { count, defineContract, identifier } from '@altcontext/webhook-contract'
import { webhookReceiver } from '@altcontext/webhook-receiver'
import { fromPg } from '@altcontext/webhook-store'
import fastify from 'fastify'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { createReceiverTarget, receiverChecks, runChecks } from '../src/index.ts'

const adminKey = 'our-receiver-admin-key-of-34-chars'
const contract = defineContract({
  name: 'shop',
  hasTenants: false,
  events: {
    'order.paid': {
      description: 'An order was paid.',
      payload: z.object({ orderId: identifier(), cents: count(100_000_000) }),
      sample: { orderId: 'order-1', cents: 4200 },
    },
  },
})

test('for a contract without tenants, the checks of a receiver pass a second time against the same database', async () => {
  const { pool, drop } = await createTestDatabase()
  const app = fastify()
  await app.register(webhookReceiver, {
    database: fromPg(pool),
    contract,
    adminKeys: adminKey,
    rateLimit: false,
  })
  const target = createReceiverTarget({ url: await app.listen({ port: 0 }), adminKey, contract })
  for (const run of ['first', 'second']) {
    const results = await runChecks(receiverChecks, target, { concurrency: 8 })
    expect(results.some(({ status }) => status === 'passed')).toBe(true)
    expect({ run, failed: results.filter(({ status }) => status === 'failed') }).toEqual({ run, failed: [] })
  }
  await app.close()
  await drop()
})
