import { expect, test } from 'vitest'
import { tenantResponseSchema } from '../src/index.ts'
import { rollupDirty } from '../src/rollups/rollup-dirty.ts'
import { copyTouches } from '../src/touches/copy-touches.ts'
import { identify, visit } from './host-visits.ts'
import { adminKey, ask, createTestBridge, eventId } from './test-bridge.ts'
import { createExampleBridge } from './worked-example.ts'

const now = () => Date.parse('2026-02-10T00:00:00Z')
const week = 'from=2026-02-07&to=2026-02-09'

test('shows one tenant: milestones, touches, daily usage and its events as they are stored', async () => {
  await using bridge = await createExampleBridge()
  await copyTouches(bridge.database, { now })
  const app = await bridge.serve({ now })
  const { tenants } = await ask(app, `/v1/metrics/tenants?${week}&search=gallery`)
  const gallery = tenantResponseSchema.parse(await ask(app, `/v1/metrics/tenants/gallery?${week}&limit=3`))

  expect(gallery.tenant).toEqual(tenants[0])
  expect(gallery.touches).toMatchObject({
    first: { channel: 'email' },
    last: { channel: 'email' },
    reason: null,
  })
  expect(gallery.trend.map(({ mediaProcessed }) => mediaProcessed)).toEqual([20, 0, 10])
  expect(gallery.trend[0]).toMatchObject({ dailyActiveTenants: null, activeReason: 'one_tenant' })
  expect(gallery.events.map(({ id }) => id)).toEqual([eventId(14), eventId(13), eventId(12)])

  const rest = await ask(app, `/v1/metrics/tenants/gallery?before=${gallery.page.next}`)
  expect(rest.events.map(({ id }: { id: string }) => id)).toEqual([11, 10, 9, 8, 7, 6].map(eventId))
  expect(rest.page.next).toBeNull()
  expect(JSON.stringify([gallery, rest])).not.toMatch(/example\.com|@/i)
})

test('keeps the channel of a tenant whose lead was deleted, and forgets the visit', async () => {
  await using bridge = await createExampleBridge()
  await visit(bridge, {
    id: 'visit',
    visitor: 'ada',
    at: '2026-02-07T07:00:00Z',
    source: 'organic_search',
    landingPath: '/prices?q=1',
    referrer: 'https://search.example/?q=photos',
  })
  await identify(bridge, 'ada@example.com', 'ada')
  await copyTouches(bridge.database, { now })
  const app = await bridge.serve({ now })
  const kept = {
    channel: 'email',
    source: 'search.example',
    medium: 'referral',
    campaign: 'none',
    landingPath: '/prices',
  }
  const visited = {
    touchedAt: '2026-02-07T07:00:00.000Z',
    term: null,
    content: null,
    referrerHost: 'search.example',
  }
  const before = await ask(app, '/v1/metrics/tenants/gallery')
  expect(before.touches).toEqual({
    first: { ...kept, ...visited },
    // The visit of the worked example, a moment before the lead was captured.
    last: {
      channel: 'email',
      source: 'february',
      medium: 'email',
      campaign: 'spring',
      landingPath: '/archives',
      touchedAt: '2026-02-07T07:50:00.000Z',
      term: 'faces',
      content: 'button',
      referrerHost: 'mail.example',
    },
    reason: null,
  })

  await bridge.sql('DELETE FROM leads')
  const { tenant, touches } = await ask(app, '/v1/metrics/tenants/gallery')
  expect(tenant.channel).toBe('email')
  expect(touches.first).toEqual({ ...kept, touchedAt: null, term: null, content: null, referrerHost: null })
})

test('finds a tenant by any id that an event can carry, and responds with 404 for one that is not known', async () => {
  await using bridge = await createTestBridge()
  const tenant = `a/b?c#d % é ${'x'.repeat(115)}`
  await bridge.send([{ id: 1, type: 'scan.completed', tenant, at: '2026-02-09T10:00:00Z' }])
  const app = await bridge.serve({ now })
  const path = `/v1/metrics/tenants/${encodeURIComponent(tenant)}`
  const before = await ask(app, path)
  expect(before.tenant).toMatchObject({
    tenantId: tenant,
    scansCompleted: null,
    reasons: { scansCompleted: 'never_rolled_up' },
  })
  expect(before.touches).toEqual({ first: null, last: null, reason: 'not_attributed' })
  await rollupDirty(bridge.database, { now })
  expect((await ask(app, path)).tenant).toMatchObject({ scansCompleted: 1, lastActiveDay: '2026-02-09' })

  const headers = { 'x-admin-key': adminKey }
  const unknown = await app.inject({ url: '/v1/metrics/tenants/nobody', headers })
  expect([unknown.statusCode, unknown.json()]).toEqual([404, { ok: false, error: 'not_found' }])
  const misspelt = await app.inject({ url: `${path}?form=2026-02-01`, headers })
  expect(misspelt.json().issues).toEqual([{ path: 'form', message: 'Unknown parameter. Did you mean from?' }])
})
