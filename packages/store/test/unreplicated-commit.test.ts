import { randomUUID } from 'node:crypto'
import { requireStandby, startTestPostgres } from '@altcontext/test-database'
import { defineContract, parseEvent } from '@altcontext/webhook-contract'
import pg from 'pg'
import { afterAll, expect, test } from 'vitest'
import { z } from 'zod'
import { countIngestRejections, type EventToStore, fromPg, insertEvents } from '../src/index.ts'
import { plainSql } from '../src/installer/plain-sql.ts'

const contract = defineContract({
  name: 'shop',
  events: {
    'order.paid': { description: 'An order was paid.', payload: z.object({}), sample: {} },
  },
})

const server = await startTestPostgres({ inMemory: true })
const owner = new pg.Client({ connectionString: server.url })
await owner.connect()
await owner.query(plainSql(contract))
const pool = new pg.Pool({ connectionString: server.url, options: '-c synchronous_commit=on' })
// A pool that has ended may still be saying goodbye when the server stops.
pool.on('connect', (client) => client.on('error', () => {}))
pool.on('error', () => {})

afterAll(async () => {
  await pool.end()
  await owner.end()
  await server.remove()
})

const newEvent = () => ({
  id: randomUUID(),
  event: parseEvent(contract, {
    eventType: 'order.paid',
    tenantId: 'buyer-1',
    occurredAt: '2026-02-13T12:00:00Z',
    payload: {},
  }),
})

test('does not count a commit as done if its wait for the synchronous standby was cut short, and recognises it later', async () => {
  const events = [newEvent()]
  const write = () => insertEvents(fromPg(pool), events, { contract })
  await requireStandby(server.url, true)
  const writeWithoutWaiting = async () => {
    const written = write()
    written.catch(() => {})
    await expect
      .poll(async () => (await owner.query(cancelWaits)).rows.length, { timeout: 60_000 })
      .toBeGreaterThan(0)
    return written
  }
  await expect(writeWithoutWaiting()).rejects.toMatchObject({
    code: 'database_unavailable',
    message: expect.stringContaining('synchronous standby'),
  })
  // Again: to report "duplicate" would be just as untrue.
  await expect(writeWithoutWaiting()).rejects.toMatchObject({ code: 'database_unavailable' })

  await requireStandby(server.url, false)
  expect(await write()).toMatchObject([{ status: 'duplicate' }])
})

test('refuses events at once while one that was given up still waits for the standby, and stores them when that is back', async () => {
  const database = fromPg(pool)
  const write = (event: EventToStore) => insertEvents(database, [event], { contract, timeoutMs: 1000 })
  const events = Array.from({ length: 20 }, newEvent)
  await requireStandby(server.url, true)
  const causes = []
  for (const event of events) {
    const error = await write(event).catch((error) => error)
    expect(error).toMatchObject({ code: 'database_unavailable' })
    causes.push(error.cause?.code)
  }
  // On a machine that stands still another one may wait in vain; without the look twenty would.
  const givenUp = causes.filter((cause) => cause !== 'no_standby').length
  expect(givenUp).toBeGreaterThan(0)
  expect(givenUp).toBeLessThan(6)
  expect((await owner.query(waits)).rows.length).toBeLessThanOrEqual(givenUp)
  // What waits for no commit goes on.
  expect(await database.query('SELECT 1 AS one')).toEqual([{ one: 1 }])

  await requireStandby(server.url, false)
  const written = () => Promise.all(events.map((event) => write(event).then(([result]) => result?.status)))
  await expect
    .poll(() => written().catch(() => []), { timeout: 60_000 })
    .toEqual(events.map(() => 'duplicate'))
  const { rows } = await owner.query('SELECT FROM tenant_events WHERE id = ANY($1)', [
    events.map(({ id }) => id),
  ])
  expect(rows).toHaveLength(20)
})

test('a commit that may take two minutes does not wait either, once one that may take a second has waited in vain', async () => {
  const database = fromPg(pool)
  await requireStandby(server.url, true)
  await insertEvents(database, [newEvent()], { contract, timeoutMs: 1000 }).catch(() => {})
  await expect.poll(async () => (await owner.query(waits)).rows, { timeout: 60_000 }).toHaveLength(1)
  await expect(countIngestRejections(database, [])).rejects.toMatchObject({ cause: { code: 'no_standby' } })
  await requireStandby(server.url, false)
})

const waits = `SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'`
const cancelWaits = `SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'`
