import { randomUUID } from 'node:crypto'
import { createTestDatabase, startSilentProxy } from '@altcontext/test-database'
import type { NewOutboxEvent } from '@altcontext/webhook-emitter'
import { createPostgresOutbox, migratePostgresOutbox } from '@altcontext/webhook-emitter/postgres'
import pg from 'pg'
import { expect, test, vi } from 'vitest'

test('a PostgreSQL outbox whose connections go silent without a reset works again within one time-out', async () => {
  await using database = await createTestDatabase()
  await migratePostgresOutbox({ pool: database.pool })
  await using proxy = await startSilentProxy(database.url)
  const pool = new pg.Pool({ connectionString: proxy.url, max: 6 })
  pool.on('error', () => {})
  const outbox = createPostgresOutbox({ pool, pollIntervalMs: 60_000 })
  let ready = 0
  outbox.attach({
    onReady: () => {
      ready += 1
    },
    onDropped() {},
  })
  const claim = async () => outbox.claim({ maxEvents: 500, leaseMs: 45_000 })
  const before = Array.from({ length: 4 }, newEvent)
  await Promise.all(before.map((event) => outbox.accept(event)))
  // Several connections, so that idle ones are among the silent; none that is still being made.
  await Promise.all(Array.from({ length: 20 }, claim))
  await vi.waitFor(() => expect(pool.idleCount).toBe(5), 60_000)
  expect(proxy.silence('both')).toBe(6)

  const startMs = performance.now()
  const failed = await Promise.allSettled([
    outbox.accept(newEvent()),
    claim(),
    outbox.renew([randomUUID()], 45_000),
    outbox.settle(before.slice(0, 2).map(({ id }) => ({ id, status: 'stored', attempts: 1 }))),
  ])
  // Callers that waited for a read of the ledger that was given up are served on a new connection; nobody waits longer.
  const rejected = failed.filter(({ status }) => status === 'rejected')
  expect(rejected.length).toBeGreaterThan(1)
  for (const result of rejected) {
    expect(result).toMatchObject({
      reason: { code: 'outbox_failed', message: expect.stringContaining('ETIMEDOUT') },
    })
  }
  expect(performance.now() - startMs).toBeLessThan(30_000)

  // At once: it does not wait for each idle connection that is silent too.
  const restartMs = performance.now()
  const after = newEvent()
  expect(await outbox.accept(after)).toEqual({ status: 'accepted' })
  await outbox.settle(before.map(({ id }) => ({ id, status: 'stored', attempts: 1 })))
  const claimed = await claim()
  expect(claimed.map(({ id }) => id)).toContain(after.id)
  expect(performance.now() - restartMs).toBeLessThan(20_000)
  expect(outbox.counts()).toMatchObject({ delivered: 4, pending: claimed.length, dead: 0 })

  // The connection that listens is found to be silent too.
  ready = 0
  await vi.waitFor(
    async () => {
      await database.pool.query('SELECT webhook_outbox_emit($1)', [
        { eventType: 'scan.completed', tenantId: 'tenant-1', payload: {} },
      ])
      expect(ready).toBeGreaterThan(0)
    },
    { timeout: 60_000, interval: 500 },
  )
  await outbox.close()
  await pool.end()
})

const newEvent = (): NewOutboxEvent => ({ id: randomUUID(), eventType: 'scan.completed', body: '{}' })
