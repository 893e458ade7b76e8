import { once } from 'node:events'
import { webhookMetrics } from '@altcontext/webhook-metrics'
import { fromPg } from '@altcontext/webhook-store'
import fastify from 'fastify'
import pg from 'pg'
import { expect, test, vi } from 'vitest'
import { adminKey, createTestBridge, sendEvents } from './test-bridge.ts'

const at = '2026-02-07T10:00:00Z'
const headers = { 'x-admin-key': adminKey }

/** A bridge on a pool of three connections, whose reports wait for a lock until it is given back. */
const startHeld = async (reports: { concurrent?: number; waiting?: number; timeoutMs?: number } = {}) => {
  await using stack = new AsyncDisposableStack()
  const bridge = stack.use(await createTestBridge())
  const pool = new pg.Pool({ connectionString: bridge.test.url, max: 3 })
  pool.on('error', () => {})
  stack.defer(() => pool.end())
  const lines: Record<string, unknown>[] = []
  const app = fastify({
    logger: { level: 'error', stream: { write: (line) => lines.push(JSON.parse(line)) } },
  })
  stack.defer(() => app.close())
  let laterMs = 0
  await app.register(webhookMetrics, {
    database: fromPg(pool),
    adminKeys: adminKey,
    marketingPropertyId: 'marketing-site',
    worker: false,
    reports,
    now: () => Date.now() + laterMs,
  })
  const holder = new pg.Client({ connectionString: bridge.test.url })
  await holder.connect()
  stack.defer(() => holder.end())
  await holder.query('BEGIN; LOCK TABLE service_usage_rollups')
  const held = stack.move()
  return {
    app,
    pool,
    lines: () => lines,
    goOn: (ms: number) => {
      laterMs += ms
    },
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

test('thirty reports at once take two of three connections, and received events are written beside them', async () => {
  await using held = await startHeld({ concurrent: 2 })
  const reports = Array.from({ length: 30 }, () => held.app.inject({ url: '/v1/metrics/tenants', headers }))
  await vi.waitFor(async () => expect(await held.reading()).toBe(2), 60_000)
  await sendEvents(fromPg(held.pool), [{ id: 1, type: 'scan.completed', tenant: 'tenant-1', at }])
  await held.giveBack()
  const statuses = (await Promise.all(reports)).map(({ statusCode }) => statusCode)
  expect(statuses).toEqual(Array(30).fill(200))
})

test('reports beyond those that may wait, and those that took 300 ms, get 503 and leave their connection usable', async () => {
  await using held = await startHeld({ waiting: 1, timeoutMs: 300 })
  const responses = await Promise.all(
    Array.from({ length: 5 }, () => held.app.inject({ url: '/v1/metrics/tenants', headers })),
  )
  for (const response of responses) {
    expect(response.statusCode).toBe(503)
    expect(response.json()).toEqual({ ok: false, error: 'overloaded' })
    expect(response.headers['retry-after']).toBe('5')
  }
  await expect.poll(() => held.pool.totalCount - held.pool.idleCount).toBe(0)
  await held.giveBack()
  // On a busy machine a report may take its 300 ms by itself.
  const statusOfNext = async () => (await held.app.inject({ url: '/v1/metrics/tenants', headers })).statusCode
  await expect.poll(statusOfNext).toBe(200)
})

test('one line a minute logs refused reports, and the next minute’s line says how many more there were', async () => {
  await using held = await startHeld({ concurrent: 2, waiting: 0 })
  const ask = () => held.app.inject({ url: '/v1/metrics/tenants', headers })
  const reading = [ask(), ask()]
  await vi.waitFor(async () => expect(await held.reading()).toBe(2), 60_000)
  for (let asked = 0; asked < 5; asked += 1) expect((await ask()).statusCode).toBe(503)
  expect(held.lines()).toHaveLength(1)
  held.goOn(60_000)
  await ask()
  expect(held.lines()).toHaveLength(2)
  expect(held.lines()[1]).toMatchObject({ leftOut: 4, msg: 'failed to read metrics' })
  await held.giveBack()
  await Promise.all(reading)
})

test('a host that has read the request to its end still gets a response', async () => {
  await using bridge = await createTestBridge()
  const app = fastify()
  app.addHook('onRequest', async (request) => {
    request.raw.resume()
    await once(request.raw, 'close')
  })
  await app.register(webhookMetrics, {
    database: bridge.database,
    adminKeys: adminKey,
    marketingPropertyId: 'marketing-site',
    worker: false,
  })
  const origin = await app.listen({ host: '127.0.0.1', port: 0 })
  expect((await fetch(`${origin}/v1/metrics/bridge`, { headers })).status).toBe(200)
  await app.close()
})

test('the report of a client ends when the client leaves, and the next one that waits has its turn', async () => {
  await using held = await startHeld({ concurrent: 2 })
  const origin = await held.app.listen({ host: '127.0.0.1', port: 0 })
  const leaving = new AbortController()
  const left = Array.from({ length: 6 }, () =>
    fetch(`${origin}/v1/metrics/tenants`, { headers, signal: leaving.signal }),
  )
  await vi.waitFor(async () => expect(await held.reading()).toBe(2), 60_000)
  leaving.abort()
  await Promise.allSettled(left)
  await vi.waitFor(async () => expect(await held.reading()).toBe(0), { timeout: 60_000 })
  const next = fetch(`${origin}/v1/metrics/tenants`, { headers })
  await vi.waitFor(async () => expect(await held.reading()).toBe(1), 60_000)
  await held.giveBack()
  expect((await next).status).toBe(200)
})
