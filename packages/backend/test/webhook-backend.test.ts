import { availableParallelism } from 'node:os'
import { createTestDatabase, type TestDatabase } from '@altcontext/test-database'
import { includeFunnel, purgeWebhooks, webhookBackend } from '@altcontext/webhook-backend'
import fastify from 'fastify'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'

const adminKey = 'an-admin-key-of-24-characters-or-more'
const webhooks = '/v1/webhooks/description-service'
const event = {
  eventType: 'apikey.created',
  tenantId: 'tenant-1',
  occurredAt: '2026-02-13T12:00:00Z',
  payload: { keyPrefix: 'ac_live_4f' },
}

let testDatabase: TestDatabase

beforeAll(async () => {
  testDatabase = await createTestDatabase()
})

afterAll(() => testDatabase.drop())

const bridge = () => ({
  pool: testDatabase.pool,
  adminKeys: adminKey,
  marketingPropertyId: 'default',
  worker: false as const,
})

test.each([undefined, '/v1'])(
  'serves webhooks, metrics and dashboard below /v1 with the prefix %s',
  async (prefix) => {
    const app = fastify()
    await app.register(webhookBackend, { ...bridge(), ...(prefix !== undefined && { prefix }) })
    const headers = { 'x-admin-key': adminKey }
    expect(
      (await app.inject({ method: 'POST', url: webhooks, headers, payload: event })).json(),
    ).toMatchObject({
      ok: true,
    })
    expect((await app.inject({ url: '/v1/metrics/bridge', headers })).statusCode).toBe(200)
    expect((await app.inject({ url: '/v1/dashboard/' })).statusCode).toBe(200)
    const signedIn = await app.inject({
      method: 'POST',
      url: '/v1/dashboard/api/session',
      payload: { adminKey },
    })
    const cookie = String(signedIn.headers['set-cookie']).split(';')[0] as string
    const report = await app.inject({ url: '/v1/dashboard/api/bridge', headers: { cookie } })
    expect([report.statusCode, report.json().ok]).toEqual([200, true])
    await app.close()
  },
)

test('a session that was signed out of is over in every process and after a restart, and nobody is let in while that is unknown', async () => {
  const start = async () => {
    const app = fastify()
    await app.register(webhookBackend, bridge())
    return app
  }
  const [one, other] = [await start(), await start()]
  const url = '/v1/dashboard/api/session'
  const signedIn = await one.inject({ method: 'POST', url, payload: { adminKey } })
  const cookie = String(signedIn.headers['set-cookie']).split(';')[0] as string
  const isSignedIn = async (app: typeof one) =>
    (await app.inject({ url, headers: { cookie } })).json().signedIn
  expect([await isSignedIn(one), await isSignedIn(other)]).toEqual([true, true])
  await testDatabase.pool.query('ALTER TABLE dashboard_sign_outs RENAME TO away')
  for (const path of ['session', 'bridge']) {
    const response = await other.inject({ url: `/v1/dashboard/api/${path}`, headers: { cookie } })
    expect(response.statusCode).toBe(503)
  }
  await testDatabase.pool.query('ALTER TABLE away RENAME TO dashboard_sign_outs')
  await one.inject({ method: 'DELETE', url, headers: { cookie } })
  await one.close()
  const restarted = await start()
  expect([await isSignedIn(other), await isSignedIn(restarted)]).toEqual([false, false])
  await other.close()
  await restarted.close()
})

test('counts wrong keys for the address that clientAddress names, whatever route they are tried on', async () => {
  const app = fastify()
  await app.register(webhookBackend, {
    ...bridge(),
    clientAddress: (request) => String(request.headers['fly-client-ip']),
  })
  const headersOf = (address: string) => ({ 'fly-client-ip': address, 'x-admin-key': 'wrong' })
  const tries = {
    webhook: (address: string) =>
      app.inject({ method: 'POST', url: webhooks, headers: headersOf(address), payload: event }),
    metrics: (address: string) => app.inject({ url: '/v1/metrics/bridge', headers: headersOf(address) }),
    signIn: (address: string) =>
      app.inject({
        method: 'POST',
        url: '/v1/dashboard/api/session',
        headers: headersOf(address),
        payload: { adminKey: 'wrong' },
      }),
  }
  const statuses = async (address: string) =>
    Promise.all(Object.values(tries).map(async (attempt) => (await attempt(address)).statusCode))
  for (let attempt = 1; attempt <= 10; attempt += 1)
    expect(await statuses('192.0.2.1')).toEqual([401, 401, 401])
  expect(await statuses('192.0.2.1')).toEqual([429, 429, 429])
  expect(await statuses('192.0.2.2')).toEqual([401, 401, 401])
  await app.close()
})

test('limits the events of batches by eventRateLimit', async () => {
  const app = fastify()
  await app.register(webhookBackend, { ...bridge(), eventRateLimit: 500 })
  const send = async (count: number) => {
    const payload = { events: Array.from({ length: count }, () => event) }
    const headers = { 'x-admin-key': adminKey }
    return (await app.inject({ method: 'POST', url: `${webhooks}/batch`, headers, payload })).statusCode
  }
  expect([await send(500), await send(1)]).toEqual([200, 429])
  await app.close()
})

/** Locks what every funnel reads, and tells how many statements wait for it. */
const holdMilestones = async () => {
  const holder = await testDatabase.pool.connect()
  await holder.query('BEGIN; LOCK TABLE tenant_milestones')
  return {
    reading: async () => {
      const { rows } = await testDatabase.pool.query(
        `SELECT count(*)::int AS count FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`,
      )
      return rows[0].count as number
    },
    giveBack: async () => {
      await holder.query('ROLLBACK')
      holder.release()
    },
  }
}

test('reads the funnels of the host’s summaries among the reports, a few at a time', async () => {
  const atOnce = availableParallelism() < 4 ? 1 : 2
  const app = fastify()
  app.get('/v1/metrics/summary', (request) =>
    includeFunnel(bridge(), request, { window: { from: '2026-02-01', to: '2026-02-28' } }),
  )
  const held = await holdMilestones()
  const asked = Array.from({ length: 20 }, () => app.inject('/v1/metrics/summary?includeFunnel=true'))
  await vi.waitFor(async () => expect(await held.reading()).toBe(atOnce), 60_000)
  await held.giveBack()
  expect((await Promise.all(asked)).map(({ statusCode }) => statusCode)).toEqual(Array(20).fill(200))
  await app.close()
})

test('ends the dashboard’s requests when the browser leaves', async () => {
  const app = fastify()
  await app.register(webhookBackend, bridge())
  const origin = await app.listen({ host: '127.0.0.1', port: 0 })
  const signedIn = await app.inject({
    method: 'POST',
    url: '/v1/dashboard/api/session',
    payload: { adminKey },
  })
  const cookie = String(signedIn.headers['set-cookie']).split(';')[0] as string
  const held = await holdMilestones()
  const leaving = new AbortController()
  const asked = fetch(`${origin}/v1/dashboard/api/service-usage`, {
    headers: { cookie },
    signal: leaving.signal,
  })
  await vi.waitFor(async () => expect(await held.reading()).toBe(1), 60_000)
  leaving.abort()
  await expect(asked).rejects.toThrow()
  await vi.waitFor(async () => expect(await held.reading()).toBe(0), { timeout: 60_000 })
  await held.giveBack()
  await app.close()
})

test('gives the funnel to the host for a request that asks for it, and purges in one call', async () => {
  const app = fastify()
  app.get('/v1/metrics/summary', (request) =>
    includeFunnel(bridge(), request, { window: { from: '2026-02-01', to: '2026-02-28' } }),
  )
  expect((await app.inject('/v1/metrics/summary')).json()).toEqual({})
  expect((await app.inject('/v1/metrics/summary?includeFunnel=YES')).json()).toMatchObject({
    funnel: { tenantsCreated: 0 },
  })
  expect((await app.inject('/v1/metrics/summary?includeFunnel=perhaps')).statusCode).toBe(400)
  await app.close()
  expect(await purgeWebhooks(testDatabase.pool)).toMatchObject({ events: 0 })
})
