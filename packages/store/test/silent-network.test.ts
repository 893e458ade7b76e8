import { randomUUID } from 'node:crypto'
import {
  createTestDatabase,
  openConnections,
  type SilentProxy,
  startSilentProxy,
  type TestDatabase,
} from '@altcontext/test-database'
import { descriptionServiceContract, parseEvent } from '@altcontext/webhook-contract'
import {
  createEventWriter,
  type EventWriter,
  type FromPgOptions,
  fromPg,
  isStoreError,
} from '@altcontext/webhook-store'
import pg from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'

const commitTimeoutMs = 1500
let database: TestDatabase
let proxy: SilentProxy
let pool: pg.Pool

beforeEach(async () => {
  database = await createTestDatabase()
  proxy = await startSilentProxy(database.url)
  pool = new pg.Pool({ connectionString: proxy.url, max: 5 })
  pool.on('error', () => {})
})
afterEach(async () => {
  await pool.end()
  await proxy.close()
  await database.drop()
})

const event = () => ({
  id: randomUUID(),
  event: parseEvent(descriptionServiceContract, {
    eventType: 'scan.completed',
    tenantId: randomUUID(),
    occurredAt: '2026-02-13T12:00:00Z',
    payload: { jobId: 'job-1', mediaCount: 20, identitiesDetected: 63, durationMs: 3200 },
  }),
})

/** Five connections that have responded and are idle. */
const fillPool = () => openConnections(pool, 5)

const startWriter = (options: FromPgOptions = {}) =>
  createEventWriter({ database: fromPg(pool, options), commitTimeoutMs })

const away = expect.objectContaining({ code: 'database_unavailable' })

/**
 * Retries as a sender does when the database seems to be unavailable, which a machine that stands still for longer than a
 * deadline can cause. Fewer times than there are silent connections: they must not be met one by one.
 */
const writeAgain = async (writer: EventWriter, sent: ReturnType<typeof event>) => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await writer.write(sent)
    } catch (error) {
      if (attempt === 3 || !(isStoreError(error) && error.code === 'database_unavailable')) throw error
    }
  }
}
const isTaken = expect.stringMatching(/^(stored|duplicate)$/)

test('a commit whose bytes are swallowed fails in time, and the next one takes a connection that works', async () => {
  const writer = startWriter()
  await writeAgain(writer, event())
  await fillPool()
  proxy.silence('requests')
  const lost = event()
  await expect(writer.write(lost)).rejects.toEqual(away)
  expect(await writeAgain(writer, lost)).toEqual({ status: isTaken, eventId: lost.id })
})

test('five idle connections that went silent together cost one deadline, not five', async () => {
  const writer = startWriter()
  await writeAgain(writer, event())
  await fillPool()
  const before = proxy.connections
  proxy.silence('both')
  await expect(writer.write(event())).rejects.toEqual(away)
  const results = await Promise.all(Array.from({ length: 8 }, () => writeAgain(writer, event())))
  expect(results.map(({ status }) => status)).toEqual(Array(8).fill(isTaken))
  expect(before).toBeGreaterThanOrEqual(5)
})

test('a commit that took effect but whose response is swallowed is recognised when it is sent again', async () => {
  const writer = startWriter()
  await writeAgain(writer, event())
  proxy.silence('responses')
  const unsure = event()
  await expect(writer.write(unsure)).rejects.toEqual(away)
  expect(await writeAgain(writer, unsure)).toEqual({ status: 'duplicate', eventId: unsure.id })
  const { rows } = await database.pool.query('SELECT id FROM tenant_events WHERE id = $1', [unsure.id])
  expect(rows).toHaveLength(1)
})

test.each(['requests', 'responses', 'both'] as const)(
  'a transaction that goes silent half-way (%s) keeps no lock for longer than its deadline',
  async (swallowed) => {
    let shouldSilence = false
    const writer = startWriter({
      beforeTransaction: async (tx) => {
        await tx.query('SELECT 1')
        if (shouldSilence) proxy.silence(swallowed)
        shouldSilence = false
      },
    })
    await writeAgain(writer, event())
    shouldSilence = true
    const unsure = event()
    await expect(writer.write(unsure)).rejects.toEqual(away)
    await expect
      .poll(() => writer.write(unsure).catch(({ code }) => code))
      .toMatchObject({ eventId: unsure.id })
    const { rows } = await database.pool.query('SELECT id FROM tenant_events WHERE id = $1', [unsure.id])
    expect(rows).toHaveLength(1)
  },
)

test('a read without a response fails after the timeoutMs of its adapter', async () => {
  const silent = fromPg(pool, { timeoutMs: 1500 })
  await expect.poll(() => silent.query('SELECT 1 AS one')).toEqual([{ one: 1 }])
  proxy.silence('responses')
  await expect(silent.query('SELECT 1')).rejects.toThrow('no response within 1500 ms')
  await expect.poll(() => silent.query('SELECT 1 AS one')).toEqual([{ one: 1 }])
})

test('a caller that gets no connection fails in time, and a connection that comes later goes back', async () => {
  const small = new pg.Pool({ connectionString: database.url, max: 1 })
  const held = await small.connect()
  const writer = createEventWriter({ database: fromPg(small), commitTimeoutMs })
  await expect(writer.write(event())).rejects.toEqual(away)
  held.release()
  const later = event()
  expect(await writeAgain(writer, later)).toEqual({ status: isTaken, eventId: later.id })
  await small.end()
})
