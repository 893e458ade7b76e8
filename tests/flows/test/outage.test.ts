import { readdirSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { applyMigrations } from '@altcontext/embedded-database'
import { startTestPostgres, type TestPostgres } from '@altcontext/test-database'
import { createEmitter } from '@altcontext/webhook-emitter'
import pg from 'pg'
import { expect, test, vi } from 'vitest'
import { killServer } from '../src/faults/failover/database-server.ts'
import { adminKey, type ReceiverProcess, startReceiver } from '../src/start-receiver.ts'

const prismaDirectory = new URL('../../../examples/marketing-backend/prisma/', import.meta.url)

const startMigratedPostgres = async (): Promise<TestPostgres> => {
  const postgres = await startTestPostgres({ inMemory: true })
  const schemaDirectory = new URL('schema/', prismaDirectory)
  await applyMigrations({
    url: postgres.url,
    migrationsDirectory: new URL('migrations/', prismaDirectory),
    schemaFiles: readdirSync(schemaDirectory).map((file) => new URL(file, schemaDirectory).pathname),
  })
  // Test servers respond before a commit is on the disk. A server that will be killed must not.
  const client = new pg.Client({ connectionString: postgres.url })
  await client.connect()
  await client.query('ALTER DATABASE postgres SET synchronous_commit = on')
  await client.end()
  return postgres
}

const scanCompleted = (n: number) => ({
  tenantId: `tenant-${n % 20}`,
  jobId: `job-${n}`,
  mediaCount: 1,
  identitiesDetected: 1,
  durationMs: 1,
})

/** Emits without a pause until it is told to stop. */
const startLoad = (url: string) => {
  const emitter = createEmitter({
    url,
    adminKey,
    retry: { delaysMs: [100, 200, 400, 800, 1600, 3200, ...Array<number>(6).fill(5000)] },
  })
  const ids: string[] = []
  let isOver = false
  const emitting = (async () => {
    while (!isOver) {
      for (let n = 0; n < 20; n += 1) {
        ids.push((await emitter.emit('scan.completed', scanCompleted(ids.length))).eventId)
      }
      await vi.waitFor(() => expect(emitter.stats().pending).toBeLessThan(2000), { timeout: 60_000 })
      await setImmediate()
    }
  })()
  return {
    emitter,
    ids,
    /** Resolves when this many more events are delivered, or this many more are waiting. */
    progress: (count: number) => {
      const { delivered } = emitter.stats()
      return vi.waitFor(() => expect(emitter.stats().delivered).toBeGreaterThan(delivered + count), {
        timeout: 60_000,
      })
    },
    finish: async () => {
      isOver = true
      await emitting
      expect(await emitter.flush({ timeoutMs: 60_000 })).toMatchObject({ isComplete: true })
      await emitter.close()
    },
  }
}

const idsIn = async (url: string): Promise<string[]> => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query('SELECT id FROM tenant_events ORDER BY id')
  await client.end()
  return rows.map(({ id }) => id as string)
}

test.each([
  ['stopped', (postgres: TestPostgres) => postgres.stop()],
  ['killed', (postgres: TestPostgres) => killServer(postgres)],
])(
  'while PostgreSQL is %s under load the response is 503 and never 2xx; when it is back, all events arrive, none lost or stored twice',
  async (_how, end) => {
    await using postgres = await startMigratedPostgres()
    await using receiver = await startReceiver({ databaseUrl: postgres.url })
    const load = startLoad(receiver.url)
    await load.progress(200)

    await end(postgres)
    const posted = await Promise.all(
      Array.from({ length: 30 }, (_, n) => receiver.post(byHand(`tenant-by-hand-${n}`))),
    )
    expect(posted.map(({ statusCode, retryAfter, body }) => ({ statusCode, retryAfter, body }))).toEqual(
      Array(30).fill({
        statusCode: 503,
        retryAfter: '5',
        body: { ok: false, error: 'database_unavailable' },
      }),
    )
    await vi.waitFor(() => expect(load.emitter.stats().pending).toBeGreaterThan(0), { timeout: 60_000 })

    await postgres.start()
    await load.progress(200)
    await load.finish()
    const { accepted, delivered, duplicate, dead } = load.emitter.stats()
    expect({ settled: delivered + duplicate, dead }).toEqual({ settled: accepted, dead: 0 })
    expect(await idsIn(postgres.url)).toEqual([...load.ids].sort())
  },
)

test('a receiver that is restarted under load loses no event and stores none twice', async () => {
  await using postgres = await startMigratedPostgres()
  let receiver: ReceiverProcess = await startReceiver({ databaseUrl: postgres.url })
  const load = startLoad(receiver.url)
  for (let n = 0; n < 2; n += 1) {
    await load.progress(200)
    await receiver.stop()
    receiver = await startReceiver({ databaseUrl: postgres.url, port: receiver.port })
  }
  await load.progress(200)
  await load.finish()
  await receiver.stop()
  expect(load.emitter.stats()).toMatchObject({ accepted: load.ids.length, pending: 0, dead: 0 })
  expect(await idsIn(postgres.url)).toEqual([...load.ids].sort())
})

const byHand = (tenantId: string) => ({
  eventType: 'scan.completed',
  tenantId,
  occurredAt: '2026-02-13T12:00:00Z',
  payload: { jobId: 'job-1', mediaCount: 1, identitiesDetected: 1, durationMs: 1 },
})
