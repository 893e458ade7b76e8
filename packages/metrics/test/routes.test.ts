import Fastify from 'fastify'
import { expect, test } from 'vitest'
import { webhookMetrics } from '../src/http/webhook-metrics.ts'
import {
  bridgeResponseSchema,
  channelsResponseSchema,
  readFunnel,
  serviceUsageResponseSchema,
  tenantsResponseSchema,
} from '../src/index.ts'
import { findDiscrepancies } from '../src/rollups/find-discrepancies.ts'
import { rollupDirty } from '../src/rollups/rollup-dirty.ts'
import { adminKey, ask, createTestBridge, marketingPropertyId } from './test-bridge.ts'
import { createExampleBridge, exampleBlock, exampleEvents } from './worked-example.ts'

const now = () => Date.parse('2026-02-10T00:00:00Z')
const window = 'from=2026-02-07&to=2026-02-09'

test('returns zeros, nulls with reasons and no deltas on an empty database', async () => {
  await using bridge = await createTestBridge()
  const app = await bridge.serve({ now })

  const usage = serviceUsageResponseSchema.parse(await ask(app, '/v1/metrics/service-usage?compareTo=1'))
  channelsResponseSchema.parse(await ask(app, '/v1/metrics/channels'))
  tenantsResponseSchema.parse(await ask(app, '/v1/metrics/tenants'))
  bridgeResponseSchema.parse(await ask(app, '/v1/metrics/bridge'))

  expect(usage.window).toEqual({ from: '2026-01-12', to: '2026-02-10' })
  expect(usage.trend).toHaveLength(30)
  for (const [name, { value, delta, reason, deltaReason }] of Object.entries(usage.usage)) {
    expect([name, value]).toEqual([name, name.startsWith('total') ? 0 : null])
    expect(reason === null, name).toBe(value !== null)
    expect([delta, deltaReason]).toEqual([null, 'previous_not_covered'])
  }
  for (const [name, { value, reason }] of Object.entries(usage.funnel.rates)) {
    expect([name, value, typeof reason]).toEqual([name, null, 'string'])
  }
  expect(usage.freshness).toMatchObject({ completeThrough: null, completeThroughReason: 'never_rolled_up' })
})

test('returns null, not 0, while events wait and nothing was ever rolled up', async () => {
  await using bridge = await createTestBridge()
  await bridge.send(exampleEvents())
  const app = await bridge.serve({ now })
  const { usage, trend, freshness } = serviceUsageResponseSchema.parse(
    await ask(app, `/v1/metrics/service-usage?${window}`),
  )
  expect(usage.totalScansCompleted).toMatchObject({ value: null, reason: 'never_rolled_up' })
  expect(trend).toHaveLength(3)
  expect(trend[0]).toMatchObject({ scansCompleted: null, reason: 'never_rolled_up' })
  expect(freshness).toMatchObject({ completeThrough: null, backlog: 10, oldestDirtyAgeMs: 489_600_000 })
})

test('dates completeThrough by the oldest entry that waits, not by the last run', async () => {
  await using bridge = await createExampleBridge()
  await bridge.send([
    { id: 50, type: 'scan.failed', at: '2026-02-01T00:00:00Z', receivedAt: '2026-02-09T23:50:00Z' },
  ])
  const app = await bridge.serve({ now })
  const { freshness } = await ask(app, '/v1/metrics/bridge')
  expect(freshness).toMatchObject({
    completeThrough: '2026-02-09T23:50:00.000Z',
    backlog: 1,
    oldestDirtyAgeMs: 600_000,
  })
})

test('gives no delta while events of the previous window wait', async () => {
  await using bridge = await createExampleBridge()
  await bridge.send([{ id: 50, type: 'scan.failed', at: '2026-02-05T00:00:00Z' }])
  const app = await bridge.serve({ now })
  const { usage } = await ask(app, `/v1/metrics/service-usage?${window}&compareTo=true`)
  expect(usage.totalScansCompleted).toMatchObject({
    value: 3,
    delta: null,
    deltaReason: 'previous_incomplete',
  })
})

test('has numbers for a window before any data, and for a tenant without scans', async () => {
  await using bridge = await createExampleBridge()
  const app = await bridge.serve({ now })
  const before = await ask(app, '/v1/metrics/service-usage?from=2025-01-01&to=2025-01-10&compareTo=true')
  expect(before.usage.totalScansCompleted).toMatchObject({ value: 0, deltaReason: 'previous_not_covered' })
  expect(before.funnel).toMatchObject({ tenantsCreated: 0, marketingVisitors: 0 })
  expect(before.funnel.medianTimeToFirstScanMs).toEqual({ value: null, reason: 'no_tenants_created' })

  const museum = await ask(app, `/v1/metrics/service-usage?${window}&tenantId=museum`)
  expect(museum.usage.totalScansCompleted).toMatchObject({ value: 0 })
  expect(museum.usage.scanSuccessRate).toMatchObject({ value: null, reason: 'no_scans' })
})

test('reads all tenants from the totals of the days, and one tenant from its rollups', async () => {
  await using bridge = await createExampleBridge()
  await bridge.sql('UPDATE service_usage_daily_totals SET clusters_created = 1000')
  const app = await bridge.serve({ now })
  const clustersOf = async (query: string) => {
    const { usage, trend } = await ask(app, `/v1/metrics/service-usage?${query}`)
    return [
      usage.totalClustersCreated.value,
      ...trend.map((row: { clustersCreated: number }) => row.clustersCreated),
    ]
  }
  expect(await clustersOf('from=2026-02-09&to=2026-02-09')).toEqual([1000, 1000])
  expect((await clustersOf('from=2026-02-09&to=2026-02-09&tenantId=gallery'))[0]).toBeLessThan(1000)
})

test('sums one tenant when asked for it', async () => {
  await using bridge = await createExampleBridge()
  const app = await bridge.serve({ now })
  const response = await ask(app, `/v1/metrics/service-usage?${window}&tenantId=gallery`)
  expect(response.usage.totalMediaProcessed.value).toBe(30)
  expect(response.trend.map((row: { mediaProcessed: number }) => row.mediaProcessed)).toEqual([20, 0, 10])
  expect(response.funnel.tenantsCreated).toBe(3)
})

test('reads compareTo in all spellings of the host', async () => {
  await using bridge = await createTestBridge()
  const app = await bridge.serve({ now })
  const compareToOf = async (word: string) =>
    (await ask(app, `/v1/metrics/service-usage?${window}&compareTo=${word}`)).compareTo
  for (const word of ['1', 'true', 'TRUE', 'yes', 'Yes', 'on', 'oN']) {
    expect([word, await compareToOf(word)]).toEqual([word, { from: '2026-02-04', to: '2026-02-06' }])
  }
  for (const word of ['0', 'false', 'False', 'no', 'NO', 'off', 'OFF']) {
    expect([word, await compareToOf(word)]).toEqual([word, null])
  }
})

test('accepts 366 days and refuses what is not a window, naming the field', async () => {
  await using bridge = await createTestBridge()
  const app = await bridge.serve({ now })
  expect((await ask(app, '/v1/metrics/service-usage?from=2024-01-01&to=2024-12-31')).trend).toHaveLength(366)

  for (const [query, path] of [
    ['service-usage?from=2024-01-01&to=2025-01-01', 'from'],
    ['service-usage?from=2026-02-10&to=2026-02-09', 'from'],
    ['service-usage?from=2027-01-01', 'from'],
    ['service-usage?from=2026-02-30', 'from'],
    ['channels?to=2026-13-01', 'to'],
    ['channels?to=tomorrow', 'to'],
    ['service-usage?from=0000-01-01', 'from'],
    ['service-usage?from=0001-01-01&compareTo=1', 'from'],
    ['tenants?from=1969-12-31&to=1970-01-02', 'from'],
    ['service-usage?form=2026-02-01', 'form'],
    ['channels?horizonDays=15', 'horizonDays'],
    ['bridge?from=2026-02-01', 'from'],
    ['tenants?from=2026-2-1', 'from'],
    ['service-usage?from=2026-02-01&from=2026-02-02', 'from'],
    ['service-usage?compareTo=maybe', 'compareTo'],
    ['service-usage?compareTo=constructor', 'compareTo'],
    ['service-usage?tenantId=', 'tenantId'],
    ['tenants?sort=password', 'sort'],
    ['tenants?order=up', 'order'],
    ['tenants?limit=0', 'limit'],
    ['tenants?limit=10001', 'limit'],
    ['tenants?offset=-1', 'offset'],
  ]) {
    const response = await app.inject({
      url: `/v1/metrics/${query}`,
      headers: { 'x-admin-key': adminKey },
    })
    expect([query, response.statusCode]).toEqual([query, 400])
    expect(response.json()).toMatchObject({ ok: false, error: 'invalid_request', issues: [{ path }] })
  }
})

test('suggests the parameter that was meant', async () => {
  await using bridge = await createTestBridge()
  const app = await bridge.serve({ now })
  const issuesOf = async (query: string) =>
    (await app.inject({ url: `/v1/metrics/${query}`, headers: { 'x-admin-key': adminKey } })).json().issues
  expect(await issuesOf('service-usage?form=2026-02-01')).toEqual([
    { path: 'form', message: 'Unknown parameter. Did you mean from?' },
  ])
  expect(await issuesOf('channels?page=2')).toEqual([
    { path: 'page', message: 'Expected one of the parameters from, to, horizonDays, by, touch' },
  ])
  expect(await issuesOf('bridge?x=1')).toEqual([{ path: 'x', message: 'Expected no parameter at all' }])
})

test('returns CSV that no spreadsheet takes for a formula', async () => {
  await using bridge = await createExampleBridge()
  await bridge.send([
    { id: 60, type: 'scan.completed', tenant: '=HYPERLINK("http://x")', at: '2026-02-08T00:00:00Z' },
  ])
  await rollupDirty(bridge.database, { now })
  const app = await bridge.serve({ now })
  const csv = async (route: string, accept = 'text/csv') => {
    const response = await app.inject({
      url: `/v1/metrics/${route}?${window}`,
      headers: { 'x-admin-key': adminKey, accept },
    })
    return { type: response.headers['content-type'], lines: response.body.trimEnd().split('\n') }
  }
  const trend = await csv('service-usage')
  expect(trend.type).toBe('text/csv; charset=utf-8')
  expect(trend.lines.slice(0, 2)).toEqual([
    'day,isOpen,scansCompleted,scansFailed,mediaProcessed,identitiesDetected,clustersCreated,suggestionsGenerated,suggestionsResolved,dailyActiveTenants,weeklyActiveTenants,monthlyActiveTenants,windowFrom,windowTo,completeThrough',
    '2026-02-07,false,1,0,20,60,1,5,0,1,2,2,2026-02-07,2026-02-09,2026-02-10T00:00:00.000Z',
  ])
  expect((await csv('channels')).lines[1]).toBe(
    'email,channel,9,1,1,1,1,1,1,1,1,1,1,0,0,,,,too_few,2026-02-07,2026-02-09,2026-02-10T00:00:00.000Z',
  )
  const tenants = await csv('tenants')
  expect(tenants.lines.some((line) => line.startsWith(`"'=HYPERLINK(""http://x"")"`))).toBe(true)
  expect(tenants.lines).toHaveLength(6)

  expect((await csv('tenants', 'application/json, text/csv;q=0.5')).type).toContain('application/json')
  expect((await csv('tenants', '*/*')).type).toContain('application/json')
  expect((await csv('tenants', 'text/*')).type).toContain('text/csv')
})

test('asks for the key first, and says when none is configured', async () => {
  await using bridge = await createTestBridge()
  const app = await bridge.serve({ openMetrics: { path: '/metrics' } })
  const open = await bridge.serve({ adminKeys: undefined })
  for (const route of [
    '/v1/metrics/service-usage?from=x',
    '/v1/metrics/channels',
    '/v1/metrics/tenants',
    '/v1/metrics/bridge',
    '/metrics',
  ]) {
    const wrong = await app.inject({ url: route, headers: { 'x-admin-key': 'wrong' } })
    expect([route, wrong.statusCode, wrong.json()]).toEqual([
      route,
      401,
      { ok: false, error: 'unauthorized' },
    ])
  }
  const none = await open.inject({ url: '/v1/metrics/bridge', headers: { 'x-admin-key': adminKey } })
  expect([none.statusCode, none.json()]).toEqual([503, { ok: false, error: 'admin_auth_not_configured' }])
})

test('says internal_error and nothing else when the database fails', async () => {
  await using bridge = await createTestBridge()
  const app = await bridge.serve({ schema: 'missing' })
  const response = await app.inject({ url: '/v1/metrics/bridge', headers: { 'x-admin-key': adminKey } })
  expect([response.statusCode, response.json()]).toEqual([500, { ok: false, error: 'internal_error' }])
})

test('counts what arrived today', async () => {
  await using bridge = await createExampleBridge()
  await bridge.send([
    {
      ...(exampleEvents()[0] as never as { id: number; type: string; at: string }),
      receivedAt: '2026-02-09T23:10:00Z',
    },
  ])
  await bridge.sql(
    `INSERT INTO ingest_rejections VALUES ('1', 'description-service', '/v1/webhooks', 'unauthorized', 401, '2026-02-09T10:00:00Z'),
     ('2', 'description-service', '/v1/webhooks', 'unauthorized', 401, '2026-02-08T10:00:00Z'),
     ('3', 'marketing-site', '/v1/events', 'invalid_request', 400, '2026-02-09T10:00:00Z')`,
  )
  const app = await bridge.serve({ now: () => Date.parse('2026-02-09T23:59:00Z') })
  const { today, jobs } = bridgeResponseSchema.parse(await ask(app, '/v1/metrics/bridge'))
  expect(today.received).toMatchObject({ total: 4, counts: { 'tenant.created': 1, 'scan.completed': 1 } })
  expect(today.duplicates).toMatchObject({ total: 1, counts: { 'tenant.created': 1 } })
  // One of them is in the example.
  expect(today.refusals).toEqual({ total: 2, counts: { invalid_signature: 1, unauthorized: 1 } })
  expect(jobs.rollup.run?.details).toMatchObject({ cells: 6 })
  expect(jobs.purge).toEqual({ run: null, reason: 'never_ran' })
})

test('exposes aggregates as OpenMetrics, without a tenant and without undefined numbers', async () => {
  await using bridge = await createExampleBridge()
  const app = await bridge.serve({ now, openMetrics: { path: '/v1/metrics/open-metrics' } })
  const response = await app.inject({ url: '/v1/metrics/open-metrics', headers: { 'x-admin-key': adminKey } })
  expect(response.headers['content-type']).toContain('application/openmetrics-text')
  expect(response.body).toContain('webhook_metrics_usage_30d{metric="totalScansCompleted"} 5')
  expect(response.body).toContain('webhook_metrics_funnel_30d{stage="tenantsCreated"} 4')
  expect(response.body).toContain('webhook_metrics_job_finished_timestamp_seconds{job="rollup"}')
  expect(response.body).not.toContain('job="purge"')
  expect(response.body).not.toMatch(/gallery|museum|NaN|null/)
  expect(response.body.endsWith('# EOF\n')).toBe(true)

  await bridge.sql(`DELETE FROM service_usage_daily_totals WHERE day = '2026-02-09'`)
  await findDiscrepancies(bridge.database, { now })
  const checked = await app.inject({ url: '/v1/metrics/open-metrics', headers: { 'x-admin-key': adminKey } })
  expect(checked.body).toMatch(/^webhook_metrics_discrepant_cells 0$/m)
  expect(checked.body).toMatch(/^webhook_metrics_discrepant_days 1$/m)

  const closed = await bridge.serve({ now })
  const missing = await closed.inject({
    url: '/v1/metrics/open-metrics',
    headers: { 'x-admin-key': adminKey },
  })
  expect(missing.statusCode).toBe(404)
})

test('has no OpenMetrics sample for what is not known yet', async () => {
  await using bridge = await createTestBridge()
  const app = await bridge.serve({ now, openMetrics: { path: '/v1/metrics/open-metrics' } })
  const { body } = await app.inject({ url: '/v1/metrics/open-metrics', headers: { 'x-admin-key': adminKey } })
  expect(body).toContain('webhook_metrics_backlog_entries 0')
  expect(body).not.toMatch(/^webhook_metrics_(complete_through|discrepant|job_finished)/m)
})

test('gives the host the funnel alone', async () => {
  await using bridge = await createExampleBridge()
  const funnel = await readFunnel(bridge.database, {
    window: { from: '2026-02-07', to: '2026-02-09' },
    marketingPropertyId,
    now,
  })
  expect(funnel).toEqual(exampleBlock<{ funnel: unknown }>('service-usage').funnel)
})

test.each([
  { docs: 'for @fastify/swagger, if it was registered before', described: true },
  { docs: 'for nobody without it', described: false },
])('describes its routes $docs, and leaves the host its own error handler', async ({ described }) => {
  await using bridge = await createTestBridge()
  const app = Fastify()
  if (described) app.decorate('swagger', () => '')
  const schemas: Record<string, unknown> = {}
  app.addHook('onRoute', ({ method, url, schema }) => {
    if (method === 'GET') schemas[url] = schema
  })
  app.setErrorHandler((error: { statusCode?: number }, _request, reply) =>
    reply.code(error.statusCode ?? 500).send({ ok: false, error: 'of the host' }),
  )
  app.addHook('onRequest', async (request) => {
    if (request.headers['x-too-many'] !== undefined) throw Object.assign(new Error(), { statusCode: 429 })
  })
  await app.register(webhookMetrics, {
    database: bridge.database,
    adminKeys: [adminKey],
    marketingPropertyId,
    worker: false,
  })
  await app.ready()

  expect(Object.keys(schemas).toSorted()).toEqual([
    '/v1/metrics/bridge',
    '/v1/metrics/channels',
    '/v1/metrics/channels/*',
    '/v1/metrics/cohorts',
    '/v1/metrics/events',
    '/v1/metrics/notes',
    '/v1/metrics/restatements',
    '/v1/metrics/saved-views',
    '/v1/metrics/service-usage',
    '/v1/metrics/tenants',
    '/v1/metrics/tenants/*',
  ])
  expect(JSON.stringify(schemas['/v1/metrics/tenants']).includes('"timeToFirstScanMs"')).toBe(described)
  const limited = await app.inject({ url: '/v1/metrics/bridge', headers: { 'x-too-many': '1' } })
  expect([limited.statusCode, limited.json().error]).toEqual([429, 'of the host'])
  await app.close()
})

test('names every bad option at once', async () => {
  const app = Fastify()
  app.register(webhookMetrics, {
    database: undefined as never,
    adminKeys: 'short',
    marketingPropertyId: '',
    worker: { intervalMs: 0 },
    openMetrics: { path: 'metrics' },
  })
  await expect(app.ready()).rejects.toThrowError(
    /database is missing.*expected at least 24.*marketingPropertyId is empty.*intervalMs is 0.*openMetrics\.path/s,
  )
})

test('rolls up in the server, and stops with it', async () => {
  await using bridge = await createTestBridge()
  await bridge.send(exampleEvents())
  const app = await bridge.serve({ now, worker: { intervalMs: 20 } })
  await expect.poll(async () => (await ask(app, '/v1/metrics/bridge')).freshness.backlog).toBe(0)
  await bridge.send([{ id: 70, type: 'scan.failed', at: '2026-02-09T00:00:00Z' }])
  await expect.poll(async () => (await ask(app, '/v1/metrics/bridge')).freshness.backlog).toBe(0)
  await app.close()
})
