import { afterAll, beforeAll, expect, test } from 'vitest'
import { rollUpDays } from '../src/rollups/roll-up-days.ts'
import { purgeVisits } from '../src/visits/purge-visits.ts'
import { post, readAsAdmin, startTestServer, type TestServer } from './test-server.ts'

let server: TestServer
let now = new Date()
const dayMs = 86_400_000
const today = new Date('2026-05-10T12:00:00.000Z')

beforeAll(async () => {
  server = await startTestServer({ now: () => now })
  // Two visitors on 1 May, one of them twice; one visitor who becomes a lead on 9 May.
  for (const [anonId, at, referrer] of [
    ['visitor-a', '2026-05-01T23:59:59.999Z', 'https://www.google.com/'],
    ['visitor-a', '2026-05-01T08:00:00.000Z', undefined],
    ['visitor-b', '2026-05-01T00:00:00.000Z', undefined],
    ['visitor-c', '2026-05-09T10:00:00.000Z', undefined],
  ] as const) {
    now = new Date(at)
    await post(server.app, '/v1/events', {
      anonId: `${anonId}-anon`,
      eventType: 'page_view',
      path: '/',
      referrer,
    })
  }
  now = new Date('2026-05-09T10:01:00.000Z')
  await post(server.app, '/v1/leads/capture', { anonId: 'visitor-c-anon', email: 'c@example.com' })
  await post(server.app, '/v1/leads/capture', { anonId: 'visitor-c-anon', email: 'not an address' })
  now = today
  await server.dailyRollup.run()
})
afterAll(() => server.close())

const summary = async (query: string) =>
  (await readAsAdmin(server.app, `/v1/metrics/summary?${query}`)).json()

test('the summary adds up the window and shows every day of it, zeros included', async () => {
  const { window, metrics, trend, freshness } = await summary('from=2026-05-01&to=2026-05-09')
  expect(window).toEqual({ from: '2026-05-01', to: '2026-05-09' })
  expect(metrics).toMatchObject({
    uniqueVisitors: { value: 3, delta: null },
    pageViews: { value: 4, delta: null },
    entrances: { value: 4, delta: null },
    newLeads: { value: 1, delta: null },
    conversions: { value: 1, delta: null },
  })
  expect(trend).toHaveLength(9)
  expect(trend[1]).toMatchObject({ day: '2026-05-02', uniqueVisitors: 0, newLeads: 0 })
  expect(freshness).toMatchObject({
    rolledUpThrough: '2026-05-10',
    lagDays: 0,
    generatedAt: today.toISOString(),
  })
})

test('the breakdown counts every event of the day by source, as the host does: more than visitors', async () => {
  const { rows } = await server.pool.query(
    `SELECT unique_visitors, traffic_source_breakdown AS b FROM daily_metric_rollups
     WHERE day IN ('2026-05-01', '2026-05-09') ORDER BY day`,
  )
  expect(rows).toEqual([
    { unique_visitors: 2, b: { direct: 2, organic_search: 1 } },
    { unique_visitors: 1, b: { direct: 2 } },
  ])
})

test('compareTo is the preceding window of equal length, and delta is relative to it', async () => {
  const { compareTo, metrics } = await summary('from=2026-05-06&to=2026-05-10&compareTo=YES')
  expect(compareTo).toEqual({ from: '2026-05-01', to: '2026-05-05' })
  expect(metrics.uniqueVisitors).toEqual({ value: 1, delta: -0.5 })
  expect(metrics.newLeads).toEqual({ value: 1, delta: null })
})

test('without a window the last 30 days are shown', async () => {
  expect((await summary('')).window).toEqual({ from: '2026-04-11', to: '2026-05-10' })
})

test('a property that nobody visited has zeros and no freshness', async () => {
  const { metrics, freshness } = await summary('propertyId=elsewhere')
  expect(metrics.uniqueVisitors).toEqual({ value: 0, delta: null })
  expect(freshness).toEqual({ rolledUpThrough: null, lagDays: null, generatedAt: null })
})

test('refused requests are recorded and counted by reason', async () => {
  await server.app.inject({ method: 'POST', url: '/v1/events', payload: { anonId: 'x' } })
  await server.rejections.flush()
  const { ingest } = await summary('from=2026-05-09&to=2026-05-10')
  expect(ingest).toEqual({ rejected: { value: 2, delta: null }, rejectedByReason: { invalid_request: 2 } })
  const { rows } = await server.pool.query(
    'SELECT property_id, endpoint, reason, status_code FROM ingest_rejections ORDER BY occurred_at',
  )
  expect(rows.map(({ endpoint }) => endpoint)).toEqual(['/v1/leads/capture', '/v1/events'])
  expect(rows[0]).toMatchObject({
    property_id: 'marketing-site',
    reason: 'invalid_request',
    status_code: 400,
  })
})

test('a flood of refused requests is counted, and has 60 rows', async () => {
  const refuse = () =>
    server.rejections.record({
      propertyId: 'flooded',
      endpoint: '/v1/events',
      reason: 'invalid_json',
      statusCode: 400,
    })
  for (let refused = 0; refused < 5000; refused += 1) refuse()
  await server.rejections.flush()
  for (let refused = 0; refused < 5000; refused += 1) refuse()
  await server.rejections.flush()
  const { ingest } = await summary('from=2026-05-09&to=2026-05-10&propertyId=flooded')
  expect(ingest.rejectedByReason).toEqual({ invalid_json: 10_000 })
  const { rows } = await server.pool.query(
    "SELECT count(*)::int AS rows FROM ingest_rejections WHERE property_id = 'flooded'",
  )
  expect(rows).toEqual([{ rows: 60 }])
})

test('rolling up again changes nothing', async () => {
  const read = async () =>
    (
      await server.pool.query(
        'SELECT id, day, unique_visitors, new_leads FROM daily_metric_rollups ORDER BY day',
      )
    ).rows
  const before = await read()
  await server.dailyRollup.run()
  expect(await read()).toEqual(before)
})

test.each([
  ['from=2026-02-30', 'from'],
  ['to=yesterday', 'to'],
  ['from=2026-05-02&to=2026-05-01', 'from'],
  [`from=${new Date(today.getTime() - 366 * dayMs).toISOString().slice(0, 10)}`, 'from'],
  ['compareTo=maybe', 'compareTo'],
])('%s is refused', async (query, path) => {
  const response = await readAsAdmin(server.app, `/v1/metrics/summary?${query}`)
  expect(response.statusCode).toBe(400)
  expect(response.json()).toMatchObject({ ok: false, error: 'invalid_request', issues: [{ path }] })
})

test('366 days are allowed', async () => {
  const { trend } = await summary('from=2025-05-10&to=2026-05-10')
  expect(trend).toHaveLength(366)
})

test('without a key the summary is 401', async () => {
  expect((await server.app.inject('/v1/metrics/summary')).statusCode).toBe(401)
})

test('the funnel is beside the summary when it is requested, and changes nothing else', async () => {
  const plain = (await readAsAdmin(server.app, '/v1/metrics/summary')).json()
  expect(plain).not.toHaveProperty('funnel')
  for (const asked of ['true', '1', 'Yes', 'ON']) {
    const response = await readAsAdmin(server.app, `/v1/metrics/summary?includeFunnel=${asked}`)
    const { funnel, ...rest } = response.json()
    expect(Object.keys(rest)).toEqual(Object.keys(plain))
    expect(rest.metrics).toEqual(plain.metrics)
    expect(funnel).toMatchObject({ tenantsCreated: expect.any(Number), leadsCaptured: expect.any(Number) })
  }
})

test('a day whose visits were purged keeps its 2 visitors when it is rolled up again', async () => {
  const later = new Date('2026-08-10T12:00:00.000Z')
  expect(await purgeVisits(server.database, { now: later })).toMatchObject({ events: 5 })
  await rollUpDays(server.database, { days: ['2026-05-01'], now: later })
  const { rows } = await server.pool.query(
    `SELECT unique_visitors FROM daily_metric_rollups WHERE day = '2026-05-01'`,
  )
  expect(rows).toEqual([{ unique_visitors: 2 }])
})
