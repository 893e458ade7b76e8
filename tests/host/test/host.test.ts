import { createRollupWorker, rollupDirty } from '@altcontext/webhook-metrics'
import { fromPg } from '@altcontext/webhook-store'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  addresses,
  adminKeys,
  applyReadme,
  copyHost,
  createHostDatabase,
  daysAgo,
  type HostDatabase,
  one,
  readmeDiff,
  runInstaller,
  startServer,
  tenantEvents,
  two,
} from './start-host.ts'

const window = `from=${daysAgo(20)}&to=${daysAgo(0)}`
const webhooks = '/v1/webhooks/description-service'

let host: ReturnType<typeof copyHost>
let database: HostDatabase
/** The server of customer one, and one of customer two on the same database. */
let servers: { one: FastifyInstance; two: FastifyInstance }

beforeAll(async () => {
  host = copyHost()
  await runInstaller(host.folder, 'install')
  await applyReadme(host.folder)
  database = await createHostDatabase(host.folder)
  servers = {
    one: await startServer(host.folder, database.pool),
    two: await startServer(host.folder, database.pool, {
      adminApiKey: adminKeys.two,
      bootstrapTenantId: two,
    }),
  }
  await Promise.all([servers.one.ready(), servers.two.ready()])
}, 240_000)

afterAll(async () => {
  await Promise.all([servers?.one.close(), servers?.two.close()])
  await database?.[Symbol.asyncDispose]()
  host?.remove()
})

const post = (customer: 'one' | 'two', payload: object, url = webhooks) =>
  servers[customer].inject({ method: 'POST', url, payload, headers: { 'x-admin-key': adminKeys[customer] } })

const get = async (url: string, headers: Record<string, string>, server = servers.one) =>
  (await server.inject({ url, headers })).json()

const ways = (customer: 'one' | 'two'): [string, Record<string, string>][] => [
  ['an API key with the scope admin', { 'x-api-key': `key-${customer}` }],
  ['the cookie of a session', { cookie: `session=session${customer}` }],
]

describe('the diff of the README, in the host', () => {
  test('has at most 15 lines', () => {
    const written = readmeDiff()
      .split('\n')
      .filter((line) => /^\+(?!\+\+)/.test(line))
    expect(written.length).toBeLessThanOrEqual(15)
  })

  test('links every tenant to the lead of its own customer, though the addresses are the same', async () => {
    for (const customer of ['one', 'two'] as const) {
      for (const [index, address] of addresses.entries()) {
        // The same tenants of the product, at the same instants, in both: only the customer tells them apart.
        for (const event of tenantEvents(`tenant-${index}`, address)) {
          const response = await post(customer, event)
          expect([response.statusCode, response.json()]).toEqual([
            200,
            { ok: true, eventId: expect.any(String) },
          ])
        }
      }
    }
    const { rows } = await database.owner.query(
      `SELECT owner_id, lead.tenant_id, channel, count(*)::int AS tenants
       FROM tenant_milestones JOIN leads lead ON lead.id = lead_id GROUP BY 1, 2, 3 ORDER BY 1`,
    )
    expect(rows).toEqual([
      { owner_id: one, tenant_id: one, channel: 'newsletter', tenants: 3 },
      { owner_id: two, tenant_id: two, channel: 'fair', tenants: 3 },
    ])
  })

  test('treats the same event as a duplicate for the same customer only', async () => {
    const [created] = tenantEvents('tenant-0', 'ada@example.com')
    expect((await post('two', created as object)).json()).toMatchObject({ ok: true, duplicate: true })
    const [other] = tenantEvents('tenant-of-two', 'nobody@example.com')
    expect((await post('two', other as object)).json()).not.toHaveProperty('duplicate')
    expect((await post('one', other as object)).json()).not.toHaveProperty('duplicate')
    await database.owner.query("DELETE FROM tenant_events WHERE tenant_id = 'tenant-of-two'")
    await database.owner.query("DELETE FROM tenant_milestones WHERE tenant_id = 'tenant-of-two'")
  })

  test('copies where the leads of each customer came from, for each customer alone, and skips one that is gone', async () => {
    await database.owner.query(
      "INSERT INTO tenant_milestones (tenant_id, owner_id, updated_at) VALUES ('gone', '00000000-0000-4000-8000-000000000000', now())",
    )
    const errors: unknown[] = []
    const worker = createRollupWorker({
      database: fromPg(database.pool, {
        beforeTransaction: (tx, scope) =>
          tx.query('SELECT set_tenant_context($1, $2)', [scope?.tenantId ?? one, 'public']),
      }),
      hasCustomers: true,
      // A visit may be reported a little later than the lead that it led to.
      now: () => Date.now() + 3_600_000,
      onError: (error) => errors.push(error),
    })
    worker.start()
    const copied = async () =>
      (
        await database.owner.query(
          `SELECT touch.owner_id, lead.tenant_id, count(DISTINCT lead_id)::int AS leads
           FROM lead_touches touch JOIN leads lead ON lead.id = lead_id GROUP BY 1, 2 ORDER BY 1`,
        )
      ).rows
    await expect.poll(copied).toEqual([
      { owner_id: one, tenant_id: one, leads: 3 },
      { owner_id: two, tenant_id: two, leads: 3 },
    ])
    // The customer that is gone may come last.
    await expect
      .poll(() => errors)
      .toMatchObject([{ code: 'context_failed', cause: { message: 'unknown tenant' } }])
    await worker.close()
    await database.owner.query("DELETE FROM tenant_milestones WHERE tenant_id = 'gone'")
  })

  test.each(ways('one'))('shows customer one its own numbers, with %s', async (_way, headers) => {
    await rollupDirty(fromPg(database.pool))
    const { usage, funnel } = await get(`/v1/metrics/service-usage?${window}`, headers)
    expect(funnel).toMatchObject({
      marketingVisitors: 100,
      leadsCaptured: 3,
      tenantsCreated: 3,
      tenantsWithLead: 3,
    })
    expect(usage.totalScansCompleted.value).toBe(3)
  })

  test.each(ways('two'))(
    'shows customer two its own numbers, with %s, from the server of one',
    async (_way, headers) => {
      await post(
        'two',
        tenantEvents('tenant-0', 'x@example.com').map((event) => ({
          ...event,
          occurredAt: `${daysAgo(2)}T00:00:00Z`,
        }))[2] as object,
      )
      await rollupDirty(fromPg(database.pool))
      const { usage, funnel } = await get(`/v1/metrics/service-usage?${window}`, headers)
      expect(funnel).toMatchObject({
        marketingVisitors: 7,
        leadsCaptured: 3,
        tenantsCreated: 3,
        tenantsWithLead: 3,
      })
      expect(usage.totalScansCompleted.value).toBe(4)
      const { tenants } = await get(`/v1/metrics/tenants?${window}`, headers)
      expect(tenants.map(({ channel }: { channel: string }) => channel)).toEqual(['fair', 'fair', 'fair'])
      const { channels } = await get(`/v1/metrics/channels?${window}`, headers)
      expect(channels.map(({ channel }: { channel: string }) => channel)).not.toContain('newsletter')
    },
  )

  test('shows the numbers of the server’s own customer to the server’s own key', async () => {
    const url = `/v1/metrics/service-usage?${window}`
    const ofOne = await get(url, { 'x-admin-key': adminKeys.one })
    const ofTwo = await get(url, { 'x-admin-key': adminKeys.two }, servers.two)
    expect([ofOne.funnel.marketingVisitors, ofTwo.funnel.marketingVisitors]).toEqual([100, 7])
  })

  test('shows the numbers only to admins', async () => {
    for (const headers of [{}, { 'x-api-key': 'key-two-ingest' }, { 'x-admin-key': adminKeys.two }]) {
      const response = await servers.one.inject({ url: '/v1/metrics/service-usage', headers })
      expect(response.statusCode).toBe(401)
    }
  })

  test('shows each customer its own numbers on the dashboard, below /v1/ where no other handler takes it', async () => {
    const page = await servers.one.inject({ url: '/v1/dashboard/' })
    expect([page.statusCode, page.body]).toEqual([200, expect.not.stringContaining('SvelteKit')])
    expect((await servers.one.inject({ url: '/dashboard/' })).body).toContain('SvelteKit')
    const visitors = async (session: string) =>
      (await get(`/v1/dashboard/api/service-usage?${window}`, { cookie: `session=${session}` })).funnel
        ?.marketingVisitors
    expect([await visitors('sessionone'), await visitors('sessiontwo'), await visitors('nobody')]).toEqual([
      100,
      7,
      undefined,
    ])
  })

  test('lets more viewers look at the dashboard than one address may send requests to the host', async () => {
    const statuses: number[] = []
    // A hundred reports may wait for their turn; more at once would be refused for another reason.
    for (let wave = 0; wave < 3; wave += 1) {
      const looks = Array.from({ length: 50 }, () =>
        servers.one.inject({ url: '/v1/dashboard/api/bridge', headers: { cookie: 'session=sessionone' } }),
      )
      statuses.push(...(await Promise.all(looks)).map(({ statusCode }) => statusCode))
    }
    expect([statuses.length, ...new Set(statuses)]).toEqual([150, 200])
  })

  test('records what it refuses under the customer, and the bridge’s page counts it', async () => {
    expect((await post('two', { eventType: 'nonsense' })).statusCode).toBe(400)
    const stranger = await servers.two.inject({ method: 'POST', url: webhooks, payload: {} })
    expect(stranger.statusCode).toBe(401)
    const recorded = async () =>
      (await database.owner.query('SELECT tenant_id, reason FROM ingest_rejections ORDER BY reason')).rows
    await expect.poll(recorded).toEqual([
      { tenant_id: two, reason: 'invalid_request' },
      { tenant_id: two, reason: 'unauthorized' },
    ])
    const refusals = async (key: string) =>
      (await get('/v1/metrics/bridge', { 'x-api-key': key })).today.refusals.total
    expect([await refusals('key-one'), await refusals('key-two')]).toEqual([0, 2])
  })

  test("adds the funnel to the host's cached summary, for the customer that asks", async () => {
    const url = `/v1/metrics/summary?${window}`
    expect(await get(url, { 'x-api-key': 'key-two' })).not.toHaveProperty('funnel')
    const withFunnel = await get(`${url}&includeFunnel=true`, { 'x-api-key': 'key-two' })
    expect(withFunnel.funnel).toMatchObject({ marketingVisitors: 7, tenantsCreated: 3 })
    const ofOne = await get(`${url}&includeFunnel=true`, { 'x-api-key': 'key-one' })
    expect(ofOne.funnel).toMatchObject({ marketingVisitors: 100, tenantsCreated: 3 })
    const wrong = await servers.one.inject({
      url: `${url}&includeFunnel=maybe`,
      headers: { 'x-api-key': 'key-one' },
    })
    expect(wrong.statusCode).toBe(400)
  })

  test('forgets a lead that is deleted, and leaves the other customer’s alone', async () => {
    await database.owner.query('DELETE FROM leads WHERE tenant_id = $1 AND email_normalized = $2', [
      two,
      'ada@example.com',
    ])
    const { rows } = await database.owner.query(
      'SELECT owner_id, count(lead_id)::int AS linked FROM tenant_milestones GROUP BY 1 ORDER BY 1',
    )
    expect(rows).toEqual([
      { owner_id: one, linked: 3 },
      { owner_id: two, linked: 2 },
    ])
  })

  test('responds with 503 to a customer that the host does not know, never that an event is wrong', async () => {
    const nobody = await startServer(host.folder, database.pool, { adminApiKey: adminKeys.two })
    await nobody.ready()
    await database.owner.query('DELETE FROM dashboard_sessions')
    const renamed = await database.owner
      .query("UPDATE tenants SET id = '33333333-3333-4333-8333-333333333333' WHERE slug = 'one' RETURNING 1")
      .catch(() => undefined)
    const [created] = tenantEvents('tenant-9', 'ada@example.com')
    const response = await nobody.inject({
      method: 'POST',
      url: webhooks,
      payload: created as object,
      headers: { 'x-admin-key': adminKeys.two },
    })
    expect(renamed?.rowCount).toBe(1)
    expect([response.statusCode, response.json().error]).toEqual([503, 'database_unavailable'])
    const metrics = await nobody.inject({
      url: '/v1/metrics/bridge',
      headers: { 'x-admin-key': adminKeys.two },
    })
    expect([metrics.statusCode, metrics.json().error]).toEqual([503, 'database_unavailable'])
    await database.owner.query(`UPDATE tenants SET id = '${one}' WHERE slug = 'one'`)
    await nobody.close()
  })
})
