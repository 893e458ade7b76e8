import { webhookBackend } from '@altcontext/webhook-backend'
import fastify, { type FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import {
  addresses,
  adminKeys,
  applyReadme,
  copyHost,
  createHostDatabase,
  daysAgo,
  type HostDatabase,
  one,
  runInstaller,
  startServer,
  tenantEvents,
  two,
  visitsOf,
} from './start-host.ts'

type Customer = 'one' | 'two'
const customers = ['one', 'two'] as const
const idOf = { one, two }
/** Visits, refused requests and scans of its own tenant: no count is the same for both. */
const countOf = { one: 2, two: 5 }

let host: ReturnType<typeof copyHost>
let database: HostDatabase
let servers: Record<Customer, FastifyInstance>

beforeAll(async () => {
  host = copyHost()
  await runInstaller(host.folder, 'install')
  await applyReadme(host.folder)
  database = await createHostDatabase(host.folder)
  // The worker of the next servers rolls up what the first servers received, and copies touches.
  servers = { one: await start('one'), two: await start('two') }
  for (const customer of customers) {
    await database.owner.query(
      visitsOf({
        customer: idOf[customer],
        count: countOf[customer],
        day: daysAgo(2),
        campaign: `campaign-of-${customer}`,
      }),
    )
    for (const [index, address] of addresses.entries()) {
      for (const event of tenantEvents(`tenant-${index}`, address))
        expect(await post(customer, event)).toBe(200)
    }
    for (const event of ownEvents(customer)) expect(await post(customer, event)).toBe(200)
    for (let n = 0; n < countOf[customer]; n += 1) {
      expect(await post(customer, { eventType: 'nonsense' })).toBe(400)
    }
  }
  await closeServers()
  // One worker after the other: a worker skips what another is working on, until a minute later.
  const ofOne = await start('one')
  await vi.waitFor(async () => expect(await countedCustomers()).toEqual([one, two]), { timeout: 60_000 })
  servers = { one: ofOne, two: await start('two') }
  for (const customer of customers) {
    const written = {
      notes: { day: daysAgo(1), text: `Note of-${customer}` },
      'saved-views': { name: `View of-${customer}`, view: '?range=7d' },
    }
    for (const [route, payload] of Object.entries(written)) {
      const headers = { 'x-api-key': `key-${customer}` }
      const { statusCode } = await servers.one.inject({
        method: 'POST',
        url: `/v1/metrics/${route}`,
        payload,
        headers,
      })
      expect(statusCode, route).toBe(200)
    }
  }
}, 240_000)

afterAll(async () => {
  await closeServers()
  await database?.[Symbol.asyncDispose]()
  host?.remove()
})

const start = async (customer: Customer) => {
  const server = await startServer(host.folder, database.pool, {
    adminApiKey: adminKeys[customer],
    bootstrapTenantId: idOf[customer],
  })
  await server.ready()
  return server
}
const closeServers = () => Promise.all([servers?.one.close(), servers?.two.close()])

const post = async (customer: Customer, payload: object) => {
  const response = await servers[customer].inject({
    method: 'POST',
    url: '/v1/webhooks/description-service',
    payload,
    headers: { 'x-admin-key': adminKeys[customer] },
  })
  return response.statusCode
}

/** The customers whose visitors are counted, which is the last thing that the worker does for each. */
const countedCustomers = async () => {
  const { rows } = await database.owner.query(
    'SELECT DISTINCT owner_id FROM daily_visitors ORDER BY owner_id',
  )
  return rows.map((row: { owner_id: string }) => row.owner_id)
}

/** A tenant that only this customer has, with a number of scans that no other customer has. */
const ownEvents = (customer: Customer) => {
  const [created, key, scan] = tenantEvents(`tenant-of-${customer}`, 'nobody@example.com')
  const scans = Array.from({ length: countOf[customer] }, (_, n) => ({
    ...scan,
    occurredAt: `${daysAgo(1)}T13:0${n}:00Z`,
  }))
  return [created, key, ...scans] as object[]
}

interface Look {
  path: string
  /** The numbers of a response; those of CSV and OpenMetrics are read from the text. */
  numbers: (response: never, text: string) => unknown
  expected: Record<Customer, unknown>
}

const window = `from=${daysAgo(20)}&to=${daysAgo(0)}`

const usage: Look = {
  path: `service-usage?${window}`,
  numbers: (response: {
    funnel: { marketingVisitors: number }
    usage: { totalScansCompleted: { value: number } }
  }) => [response.funnel.marketingVisitors, response.usage.totalScansCompleted.value],
  expected: { one: [100, 5], two: [7, 8] },
}
const channels: Look = {
  path: `channels?${window}&by=campaign`,
  numbers: (response: { channels: { channel: string; visitors: number; leads: number }[] }) =>
    response.channels
      .filter(({ visitors }) => visitors > 0)
      .map(({ channel, visitors, leads }) => [channel, visitors, leads]),
  expected: {
    one: [
      ['campaign-of-one', 2, 2],
      ['unattributed', 98, 0],
    ],
    two: [
      ['campaign-of-two', 5, 3],
      ['unattributed', 2, 0],
    ],
  },
}
const tenants: Look = {
  path: `tenants?${window}`,
  numbers: (response: { tenants: { tenantId: string; channel: string | null }[] }) =>
    response.tenants.map(({ tenantId, channel }) => `${tenantId} ${channel}`).sort(),
  expected: {
    one: ['tenant-0 email', 'tenant-1 email', 'tenant-2 email', 'tenant-of-one null'],
    two: ['tenant-0 fair', 'tenant-1 fair', 'tenant-2 fair', 'tenant-of-two null'],
  },
}
const bridge: Look = {
  path: 'bridge',
  numbers: ({ today }: { today: { received: { total: number }; refusals: { total: number } } }) => [
    today.received.total,
    today.refusals.total,
  ],
  expected: { one: [13, 2], two: [16, 5] },
}

const metrics: Look[] = [
  usage,
  channels,
  tenants,
  bridge,
  {
    path: `channels/email?${window}`,
    numbers: (response: { tenantsCreated: number; campaigns: { name: string }[] }) => [
      response.tenantsCreated,
      response.campaigns.map(({ name }) => name),
    ],
    expected: { one: [3, ['campaign-of-one', 'none']], two: [0, []] },
  },
  {
    path: 'cohorts?by=month',
    numbers: (response: { cohorts: { tenants: number }[] }) =>
      response.cohorts.reduce((sum, { tenants }) => sum + tenants, 0),
    expected: { one: 4, two: 4 },
  },
  {
    path: `tenants/tenant-0?${window}`,
    numbers: (response: { touches: { first: { channel: string; campaign: string } }; events: object[] }) => [
      response.touches.first.channel,
      response.touches.first.campaign,
      response.events.length,
    ],
    expected: { one: ['email', 'campaign-of-one', 3], two: ['fair', 'campaign-of-two', 3] },
  },
  {
    path: 'tenants/tenant-of-two',
    numbers: ({ error }: { error?: string }) => error,
    expected: { one: 'not_found', two: undefined },
  },
  {
    path: 'events?limit=200',
    numbers: (response: { events: object[] }) => response.events.length,
    expected: { one: 13, two: 16 },
  },
  {
    path: 'events?kind=refused',
    numbers: (response: { refusals: object[] }) => response.refusals.length,
    expected: { one: 2, two: 5 },
  },
  {
    path: `restatements?${window}`,
    numbers: (response: { restatements: { after: { scansCompleted: number } }[] }) =>
      response.restatements[0]?.after.scansCompleted,
    expected: { one: 5, two: 8 },
  },
  {
    path: 'notes',
    numbers: (response: { notes: { text: string }[] }) => response.notes.map(({ text }) => text),
    expected: { one: ['Note of-one'], two: ['Note of-two'] },
  },
  {
    path: 'saved-views',
    numbers: (response: { views: { name: string }[] }) => response.views.map(({ name }) => name),
    expected: { one: ['View of-one'], two: ['View of-two'] },
  },
  {
    path: 'open-metrics',
    numbers: (_response, text) => [
      /refusals_today\{reason="invalid_request"\} (\d+)/.exec(text)?.[1],
      /stage="marketingVisitors"\} (\d+)/.exec(text)?.[1],
    ],
    expected: { one: ['2', '100'], two: ['5', '7'] },
  },
  {
    path: `summary?${window}&includeFunnel=true`,
    numbers: (response: {
      metrics: object
      funnel: { marketingVisitors: number; tenantsCreated: number }
    }) => [response.metrics, response.funnel.marketingVisitors, response.funnel.tenantsCreated],
    expected: {
      one: [{ uniqueVisitors: 100, newLeads: 3 }, 100, 4],
      two: [{ uniqueVisitors: 7, newLeads: 3 }, 7, 4],
    },
  },
]
const dashboard: Look[] = [
  ...metrics.filter(({ path }) => !/^(open-metrics|summary)/.test(path)),
  {
    path: 'cohorts.csv?by=month',
    numbers: (_response, text) =>
      [...text.matchAll(/^[-\d]+,[-\d]+,(\d+),0,/gm)].reduce((sum, [, count]) => sum + Number(count), 0),
    expected: { one: 4, two: 4 },
  },
  {
    path: `service-usage.csv?${window}`,
    numbers: (_response, text) => text.includes(`${daysAgo(1)},`) && text.split('\n').length,
    expected: { one: 23, two: 23 },
  },
  {
    path: `channels.csv?${window}&by=campaign`,
    numbers: (_response, text) => /^(campaign-of-\w+),\w+,(\d)/m.exec(text)?.slice(1),
    expected: { one: ['campaign-of-one', '2'], two: ['campaign-of-two', '5'] },
  },
  {
    path: `tenants.csv?${window}`,
    numbers: (_response, text) => /tenant-of-\w+/.exec(text)?.[0],
    expected: { one: 'tenant-of-one', two: 'tenant-of-two' },
  },
]

const looks = [
  ...metrics.map((look) => ({ ...look, path: `/v1/metrics/${look.path}` })),
  ...dashboard.map((look) => ({ ...look, path: `/v1/dashboard/api/${look.path}` })),
]

const ways = (customer: Customer): Record<string, string>[] => [
  { 'x-api-key': `key-${customer}` },
  { cookie: `session=session${customer}` },
]

describe.each(customers)('customer %s', (customer) => {
  test.each(looks)('reads its own numbers from $path', async ({ path, numbers, expected }) => {
    const other = customer === 'one' ? 'two' : 'one'
    for (const headers of ways(customer)) {
      // The server stands for customer one, but the sender of the request decides.
      const { body, headers: responseHeaders } = await servers.one.inject({ url: path, headers })
      const response = String(responseHeaders['content-type']).includes('json') ? JSON.parse(body) : {}
      expect(numbers(response as never, body)).toEqual(expected[customer])
      expect(body).not.toContain(`of-${other}`)
    }
  })
})

test('covers every route that returns data', async () => {
  const routes: string[] = []
  const app = fastify()
  app.addHook('onRoute', ({ method, url }) => {
    if (method === 'GET') routes.push(url)
  })
  await app.register(webhookBackend, {
    pool: database.pool,
    beforeTransaction: (tx) => tx.query('SELECT set_tenant_context($1, $2)', [one, 'public']),
    leadScope: { tenantId: one },
    authorize: () => true,
    adminKeys: undefined,
    marketingPropertyId: 'default',
    worker: false,
  })
  await app.ready()
  await app.close()
  const isData = (url: string) => /\/(metrics|dashboard\/api)\//.test(url) && !url.endsWith('/session')
  const looked = (url: string) =>
    looks.some(({ path }) => new RegExp(`^${url.replace('*', '[^?]+')}(\\?|$)`).test(path))
  expect(routes.filter((url) => isData(url) && !looked(url))).toEqual([])
})

test('streams to each customer its own events', async () => {
  const origin = await servers.one.listen({ port: 0, host: '127.0.0.1' })
  const paths = ['metrics', 'dashboard/api']
  const opened = paths.flatMap((path) => customers.map((customer) => ({ path, customer })))
  const streams = await Promise.all(
    opened.map(async ({ path, customer }) => {
      const response = await fetch(`${origin}/v1/${path}/events`, {
        headers: { accept: 'text/event-stream', 'x-api-key': `key-${customer}` },
      })
      const stream = { text: '' }
      const reading = (async () => {
        for await (const bytes of response.body as ReadableStream<Uint8Array>) {
          stream.text += Buffer.from(bytes).toString()
        }
      })().catch(() => {})
      return Object.assign(stream, { customer, reading })
    }),
  )
  for (const [customer, tenantId] of [
    ['one', 'live-of-one'],
    ['two', 'live-of-two'],
    ['one', 'last-of-one'],
  ] as const) {
    const [created] = tenantEvents(tenantId, 'nobody@example.com')
    expect(await post(customer, created as object)).toBe(200)
  }
  for (const stream of streams) {
    const isOne = stream.customer === 'one'
    await expect.poll(() => stream.text).toContain(isOne ? 'last-of-one' : 'live-of-two')
    expect(stream.text).toContain(isOne ? 'live-of-one' : 'live-of-two')
    expect(stream.text).not.toContain(isOne ? 'of-two' : 'of-one')
  }
  await servers.one.close()
  await Promise.all(streams.map(({ reading }) => reading))
})
