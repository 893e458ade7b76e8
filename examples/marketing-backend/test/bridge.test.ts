import { rollupDirty } from '@altcontext/webhook-metrics'
import { fromPg } from '@altcontext/webhook-store'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { adminKey, post, readAsAdmin, startTestServer, type TestServer } from './test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

const route = '/v1/webhooks/description-service'
const key = { 'x-admin-key': adminKey }
const tenantCreated = {
  eventType: 'tenant.created',
  tenantId: 'tenant-1',
  occurredAt: '2026-02-13T12:00:00Z',
  payload: { email: ' Ada@Example.COM ', siteUrl: 'https://gallery.example/' },
}

test('a webhook is stored once, linked to the lead that this server captured', async () => {
  const lead = { email: 'ada@example.com', anonId: 'ada-anon-id', sourceChannel: 'talk' }
  const { leadId } = (await post(server.app, '/v1/leads/capture', lead)).json()
  const first = await post(server.app, route, tenantCreated, key)
  const second = await post(server.app, route, tenantCreated, key)
  expect(first.json()).toEqual({ ok: true, eventId: expect.any(String) })
  expect(second.json()).toEqual({ ...first.json(), duplicate: true })
  const { rows } = await server.pool.query('SELECT id, lead_id, payload::text FROM tenant_events')
  expect(rows).toEqual([{ id: first.json().eventId, lead_id: leadId, payload: expect.any(String) }])
  expect(rows[0].payload.toLowerCase()).not.toContain('ada@example.com')

  await post(server.app, '/v1/leads/delete', { email: lead.email }, key)
  const { rows: links } = await server.pool.query(
    'SELECT lead_id FROM tenant_events UNION ALL SELECT lead_id FROM tenant_milestones',
  )
  expect(links).toEqual([{ lead_id: null }, { lead_id: null }])
})

test('a refused webhook is recorded for the property description-service', async () => {
  await post(server.app, route, tenantCreated, { 'x-admin-key': 'not the key' })
  await post(server.app, route, { eventType: 'tenant.renamed' }, key)
  const rejected = async () =>
    (await readAsAdmin(server.app, '/v1/metrics/summary?propertyId=description-service')).json().ingest
      .rejected.value
  await expect.poll(rejected).toBe(2)
})

test('WEBHOOK_RATE_LIMIT holds for the webhook route, and the global 120 a minute does not', async () => {
  const limited = await startTestServer({ variables: { WEBHOOK_RATE_LIMIT: '130' } })
  const send = (serial: number) =>
    post(limited.app, route, { ...tenantCreated, tenantId: `tenant-${serial}` }, key)
  const responses = await Promise.all(Array.from({ length: 131 }, (_, serial) => send(serial)))
  expect(responses.map(({ statusCode }) => statusCode).filter((status) => status === 200)).toHaveLength(130)
  expect(responses.filter(({ statusCode }) => statusCode === 429)).toHaveLength(1)
  await limited.close()
})

test('OpenMetrics of the bridge are mounted, with the counts of the funnel', async () => {
  const { statusCode, headers, body } = await readAsAdmin(server.app, '/v1/metrics/open-metrics')
  expect([statusCode, headers['content-type']]).toEqual([
    200,
    'application/openmetrics-text; version=1.0.0; charset=utf-8',
  ])
  expect(body).toMatch(/^webhook_metrics_funnel_30d\{stage="tenantsCreated"\} \d+$/m)
})

test('the OpenAPI document has the bridge’s routes beside the host’s', async () => {
  const { paths } = (await server.app.inject('/docs/json')).json()
  expect(Object.keys(paths)).toEqual(expect.arrayContaining([route, `${route}/batch`, '/v1/events']))
})

test('received events are in the service usage after a rollup', async () => {
  const scan = {
    eventType: 'scan.completed',
    tenantId: 'tenant-1',
    occurredAt: '2026-02-14T12:00:00Z',
    payload: { jobId: 'job-1', mediaCount: 20, identitiesDetected: 63, durationMs: 3200 },
  }
  await post(server.app, route, scan, key)
  await rollupDirty(fromPg(server.pool))
  const response = await readAsAdmin(server.app, '/v1/metrics/service-usage?from=2026-02-01&to=2026-02-28')
  expect(response.json().usage).toMatchObject({
    totalScansCompleted: { value: 1 },
    totalMediaProcessed: { value: 20 },
    totalIdentitiesDetected: { value: 63 },
    avgScanDurationMs: { value: 3200 },
  })
})
