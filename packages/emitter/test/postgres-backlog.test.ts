import { createTestDatabase, readTableReads } from '@altcontext/test-database'
import { createPostgresOutbox, migratePostgresOutbox } from '@altcontext/webhook-emitter/postgres'
import { expect, test } from 'vitest'

test('reads no more than it claims and settles of a backlog that PostgreSQL has not counted yet', async () => {
  await using uncounted = await createTestDatabase()
  const { pool } = uncounted
  await migratePostgresOutbox({ pool })
  await pool.query('ALTER TABLE webhook_outbox SET (autovacuum_enabled = off)')
  await pool.query(
    `INSERT INTO webhook_outbox (id, event_type, body)
     SELECT gen_random_uuid(), 'scan.completed', '{}' FROM generate_series(1, 20000)`,
  )
  const read = { inPasses: 0, byIndex: 0 }
  const outbox = createPostgresOutbox({
    pollIntervalMs: 60_000,
    pool: {
      query: (text, values) => pool.query(text, values),
      async connect() {
        const client = await pool.connect()
        return {
          release: (destroy) => client.release(destroy),
          on: (event, listener) => client.on(event, listener),
          async query(text, values) {
            const before = await readTableReads(client, 'webhook_outbox')
            const result = await client.query(text, values)
            const after = await readTableReads(client, 'webhook_outbox')
            // The statement that reads the ledger counts all waiting events, for at most a tenth of the time.
            if (/webhook_outbox_claim|UPDATE/.test(text)) {
              read.inPasses += after.inPasses - before.inPasses
              read.byIndex += after.byIndex - before.byIndex
            }
            return result
          },
        }
      },
    },
  })
  const events = await outbox.claim({ maxEvents: 30, leaseMs: 45_000 })
  await outbox.renew(
    events.map(({ id }) => id),
    45_000,
  )
  await outbox.settle(events.slice(0, 10).map(({ id }) => ({ id, status: 'stored', attempts: 1 })))
  await outbox.settle([
    ...events
      .slice(10, 20)
      .map(({ id }) => ({ id, status: 'dead', attempts: 1, reason: 'refused', detail: 'HTTP 400' }) as const),
    ...events
      .slice(20)
      .map(({ id }) => ({ id, status: 'retry', attempts: 1, delayMs: 60_000, detail: 'http_503' }) as const),
  ])
  await outbox.close()
  expect(read.inPasses).toBe(0)
  expect(read.byIndex).toBeGreaterThanOrEqual(30)
  expect(read.byIndex).toBeLessThan(1000)
})
