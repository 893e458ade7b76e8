import { fromPg } from '@altcontext/webhook-store'
import pg from 'pg'
import { expect, test, vi } from 'vitest'
import { adminKey, createTestBridge, sendEvents } from './test-bridge.ts'

const at = '2026-02-07T10:00:00Z'
const headers = { 'x-admin-key': adminKey }

/** A bridge on a pool of three connections, whose reports wait for a lock until it is given back. */
const startHeld = async (reports: { waiting?: number; timeoutMs?: number } = {}) => {
  await using stack = new AsyncDisposableStack()
  const bridge = stack.use(await createTestBridge())
  const pool = new pg.Pool({ connectionString: bridge.test.url, max: 3 })
  pool.on('error', () => {})
  stack.defer(() => pool.end())
  const app = await bridge.serve({ database: fromPg(pool), worker: false, reports })
  const holder = new pg.Client({ connectionString: bridge.test.url })
  await holder.connect()
  stack.defer(() => holder.end())
  await holder.query('BEGIN; LOCK TABLE service_usage_rollups')
  const held = stack.move()
  return {
    app,
    pool,
    giveBack: () => holder.query('ROLLBACK'),
    reading: async () => {
      // Not on the holder's connection, whose transaction would see the first count for ever.
      const { rows } = await bridge.test.pool.query(
        `SELECT count(*)::int AS count FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`,
      )
      return rows[0].count as number
    },
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  }
}

test('thirty reports at once take two of three connections, and what is received is written beside them', async () => {
  await using held = await startHeld()
  const reports = Array.from({ length: 30 }, () => held.app.inject({ url: '/v1/metrics/tenants', headers }))
  await vi.waitFor(async () => expect(await held.reading()).toBe(2))
  await sendEvents(fromPg(held.pool), [{ id: 1, type: 'scan.completed', tenant: 'tenant-1', at }])
  await held.giveBack()
  const statuses = (await Promise.all(reports)).map(({ statusCode }) => statusCode)
  expect(statuses).toEqual(Array(30).fill(200))
})

test('reports beyond those that may wait, and those that took 300 ms, are answered with 503 and leave their connection whole', async () => {
  await using held = await startHeld({ waiting: 1, timeoutMs: 300 })
  const answers = await Promise.all(
    Array.from({ length: 5 }, () => held.app.inject({ url: '/v1/metrics/tenants', headers })),
  )
  for (const answer of answers) {
    expect(answer.statusCode).toBe(503)
    expect(answer.json()).toEqual({ ok: false, error: 'overloaded' })
    expect(answer.headers['retry-after']).toBe('5')
  }
  expect(held.pool.idleCount).toBe(held.pool.totalCount)
  await held.giveBack()
  expect((await held.app.inject({ url: '/v1/metrics/tenants', headers })).statusCode).toBe(200)
})

test('what a client asked for ends when the client leaves, and whoever waits is next', async () => {
  await using held = await startHeld()
  const origin = await held.app.listen({ host: '127.0.0.1', port: 0 })
  const leaving = new AbortController()
  const left = Array.from({ length: 6 }, () =>
    fetch(`${origin}/v1/metrics/tenants`, { headers, signal: leaving.signal }),
  )
  await vi.waitFor(async () => expect(await held.reading()).toBe(2))
  leaving.abort()
  await Promise.allSettled(left)
  await vi.waitFor(async () => expect(await held.reading()).toBe(0), { timeout: 10_000 })
  const next = fetch(`${origin}/v1/metrics/tenants`, { headers })
  await vi.waitFor(async () => expect(await held.reading()).toBe(1))
  await held.giveBack()
  expect((await next).status).toBe(200)
})
