import { randomUUID } from 'node:crypto'
import { createTestDatabase } from '@altcontext/test-database'
import { createEmitter } from '@altcontext/webhook-emitter'
import { expect, test } from 'vitest'
import { adminKey, startReceiver } from '../src/start-receiver.ts'

test('three cluster.created of one tenant with the same occurredAt are three rows', async () => {
  await using database = await createTestDatabase()
  await using receiver = await startReceiver({ databaseUrl: database.url })
  await using emitter = createEmitter({ url: receiver.url, adminKey })
  const tenantId = randomUUID()
  const occurredAt = '2026-02-13T12:00:00Z'
  const outcomes = await Promise.all(
    ['cluster-1', 'cluster-2', 'cluster-3'].map((clusterId) =>
      emitter.deliver(
        'cluster.created',
        { tenantId, clusterId, identityCount: 3, algorithm: 'centroid' },
        { occurredAt },
      ),
    ),
  )
  expect(outcomes.map(({ status }) => status)).toEqual(['stored', 'stored', 'stored'])
  const { rows } = await database.pool.query(
    `SELECT id, payload->>'clusterId' AS cluster FROM tenant_events WHERE tenant_id = $1 ORDER BY cluster`,
    [tenantId],
  )
  expect(rows).toEqual(outcomes.map(({ eventId }, n) => ({ id: eventId, cluster: `cluster-${n + 1}` })))
})

test('5,000 events into a receiver limited to 300 requests a minute arrive before its first minute is over, none twice', async () => {
  await using database = await createTestDatabase()
  await using receiver = await startReceiver({ databaseUrl: database.url })
  await using emitter = createEmitter({ url: receiver.url, adminKey })
  const receipts = await Promise.all(
    Array.from({ length: 5000 }, (_, n) =>
      emitter.emit('scan.completed', {
        tenantId: `tenant-${n % 50}`,
        jobId: `job-${n}`,
        mediaCount: n,
        identitiesDetected: 2 * n,
        durationMs: 3200,
      }),
    ),
  )
  expect(await emitter.flush({ timeoutMs: 40_000 })).toMatchObject({ isComplete: true })
  expect(emitter.stats()).toMatchObject({
    accepted: 5000,
    delivered: 5000,
    duplicate: 0,
    pending: 0,
    dead: 0,
  })
  const { rows } = await database.pool.query('SELECT id FROM tenant_events ORDER BY id')
  expect(rows.map(({ id }) => id)).toEqual(receipts.map(({ eventId }) => eventId).sort())
})
