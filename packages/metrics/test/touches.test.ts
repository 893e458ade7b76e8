import { expect, test } from 'vitest'
import type { ChannelRow } from '../src/responses/channels-response.ts'
import { copyTouches } from '../src/touches/copy-touches.ts'
import { countVisitors } from '../src/touches/count-visitors.ts'
import { touchDimensions } from '../src/touches/to-touch.ts'
import { identify, visit } from './host-visits.ts'
import { ask, createTestBridge, marketingPropertyId, type TestBridge } from './test-bridge.ts'
import { writeHost } from './worked-example.ts'

const now = () => Date.parse('2026-02-10T00:00:00Z')
const window = 'from=2026-02-01&to=2026-02-09'

const tenant = (id: number, name: string, email: string) => ({
  id,
  type: 'tenant.created',
  tenant: name,
  at: '2026-02-08T00:00:00Z',
  payload: { email },
})

/** Ada came through a search and then the newsletter, Ben once, through an advertisement; Cyd's channel is from the form. */
const createTouchedBridge = async (): Promise<TestBridge> => {
  const bridge = await createTestBridge()
  await writeHost(bridge, {
    leads: [
      { email: 'ada@example.com', channel: null, capturedAt: '2026-02-05T12:00:00Z' },
      { email: 'ben@example.com', channel: null, capturedAt: '2026-02-06T12:00:00Z' },
      { email: 'cyd@example.com', channel: 'Newsletter ', capturedAt: '2026-02-06T13:00:00Z' },
    ],
    days: [],
  })
  await visit(bridge, {
    id: 'a1',
    visitor: 'ada',
    at: '2026-02-01T08:00:00Z',
    source: 'organic_search',
    landingPath: '/blog?q=x',
  })
  await visit(bridge, {
    id: 'a2',
    visitor: 'ada',
    at: '2026-02-05T11:58:00Z',
    source: 'email',
    landingPath: '/prices',
    utm: ['Letter', 'email', 'Spring'],
  })
  await visit(bridge, { id: 'a3', visitor: 'ada', at: '2026-02-07T08:00:00Z', source: 'social' })
  await visit(bridge, {
    id: 'b1',
    visitor: 'ben',
    at: '2026-02-06T11:00:00Z',
    source: 'paid_search',
    utm: ['google', 'cpc', 'Brand'],
  })
  for (const name of ['ada', 'ben']) await identify(bridge, `${name}@example.com`, name)
  await bridge.send(
    ['ada', 'ben', 'cyd'].map((name, id) => tenant(id + 1, `of-${name}`, `${name}@example.com`)),
  )
  return bridge
}

const report = async (bridge: TestBridge, query: string) => {
  const app = await bridge.serve({ now })
  const { channels, totals } = await ask(app, `/v1/metrics/channels?${window}&${query}`)
  const rows = (channels as ChannelRow[]).filter(({ kind }) => kind === 'channel')
  return {
    totals,
    rows: Object.fromEntries(rows.map((row) => [row.channel, [row.leads, row.tenantsCreated]])),
  }
}

test('keeps the first and the last touch of every lead after its visits and the lead are deleted', async () => {
  await using bridge = await createTouchedBridge()
  expect(await copyTouches(bridge.database, { now })).toEqual({ leads: 3 })
  const first = { organic_search: [1, 1], paid_search: [1, 1], email: [1, 1] }
  const last = { email: [2, 2], paid_search: [1, 1] }
  expect((await report(bridge, 'touch=first')).rows).toEqual(first)
  expect((await report(bridge, 'touch=last')).rows).toEqual(last)
  expect((await report(bridge, 'by=source&touch=last')).rows).toEqual({
    letter: [1, 1],
    google: [1, 1],
    unknown: [1, 1],
  })
  expect((await report(bridge, 'by=medium&touch=last')).rows).toEqual({
    email: [1, 1],
    cpc: [1, 1],
    unknown: [1, 1],
  })
  expect((await report(bridge, 'by=campaign&touch=last')).rows).toEqual({
    spring: [1, 1],
    brand: [1, 1],
    none: [1, 1],
  })
  expect((await report(bridge, 'by=landing_path')).rows).toEqual({
    '/blog': [1, 1],
    '/': [1, 1],
    unknown: [1, 1],
  })

  await bridge.sql('DELETE FROM visitors')
  expect((await report(bridge, 'touch=first')).rows).toEqual(first)
  await bridge.sql(`DELETE FROM leads WHERE email_normalized <> 'cyd@example.com'`)
  expect(await bridge.sql('SELECT DISTINCT lead_id FROM lead_touches')).toHaveLength(1)
  expect((await report(bridge, 'touch=first')).rows).toEqual(first)
  expect((await report(bridge, 'touch=last')).rows).toEqual(last)
  expect(await copyTouches(bridge.database, { now })).toEqual({ leads: 0 })
  expect((await report(bridge, 'touch=last')).rows).toEqual(last)
})

test('counts a lead that is not copied yet, and waits ten minutes for its visit', async () => {
  await using bridge = await createTestBridge()
  await writeHost(bridge, {
    leads: [{ email: 'ada@example.com', channel: null, capturedAt: '2026-02-09T23:55:00Z' }],
    days: [],
  })
  expect(await copyTouches(bridge.database, { now })).toEqual({ leads: 0 })
  expect((await report(bridge, '')).rows).toEqual({ unknown: [1, 0] })
  await visit(bridge, { id: 'a1', visitor: 'ada', at: '2026-02-09T23:54:00Z', source: 'referral' })
  await identify(bridge, 'ada@example.com', 'ada')
  expect((await report(bridge, '')).rows).toEqual({ referral: [1, 0] })
  expect((await report(bridge, 'by=campaign')).rows).toEqual({ unknown: [1, 0] })
  expect(await copyTouches(bridge.database, { now })).toEqual({ leads: 1 })
  expect((await report(bridge, '')).rows).toEqual({ referral: [1, 0] })
})

test('finds a lead that is not copied yet among those of a year, whenever it was captured and whatever else is deleted', async () => {
  await using bridge = await createTestBridge()
  const lead = (name: string, capturedAt: string) => ({
    email: `${name}@example.com`,
    channel: name,
    capturedAt,
  })
  const year = async () => {
    const { channels } = await ask(
      await bridge.serve({ now }),
      '/v1/metrics/channels?from=2025-02-10&to=2026-02-09',
    )
    return Object.fromEntries(channels.map(({ channel, leads }: ChannelRow) => [channel, leads]))
  }
  await writeHost(bridge, {
    leads: [
      lead('social', '2025-03-01T12:00:00Z'),
      lead('referral', '2026-01-01T12:00:00Z'),
      lead('email', '2026-02-09T23:59:00Z'),
    ],
    days: [],
  })
  await copyTouches(bridge.database, { now })
  expect(await year()).toMatchObject({ social: 1, referral: 1, email: 1 })
  // Imported afterwards, with an old date and a low id, while another one goes.
  await writeHost(bridge, { leads: [lead('direct', '2025-06-01T12:00:00Z')], days: [] })
  await bridge.sql(`UPDATE leads SET id = '0' WHERE email_normalized = 'direct@example.com'`)
  await bridge.sql(`DELETE FROM leads WHERE email_normalized = 'referral@example.com'`)
  expect(await year()).toMatchObject({ social: 1, referral: 1, direct: 1, email: 1 })
  await copyTouches(bridge.database, { now })
  expect(await year()).toMatchObject({ social: 1, referral: 1, direct: 1, email: 1 })
})

test('adds up to the funnel by every dimension and touch, with the host’s own names, whatever is deleted', async () => {
  await using bridge = await createTouchedBridge()
  await writeHost(bridge, {
    leads: [{ email: 'dee@example.com', channel: 'Partner Portal', capturedAt: '2026-02-06T14:00:00Z' }],
    days: [{ day: '2026-02-06', visitors: 9, leads: 5, sources: { email: 4 } }],
  })
  await bridge.send([tenant(9, 'of-nobody', 'nobody@example.com')])
  await copyTouches(bridge.database, { now, channelNames: { 'partner-portal': 'Partners' } })
  await bridge.sql(`DELETE FROM leads WHERE email_normalized = 'ben@example.com'`)
  const app = await bridge.serve({ now })
  for (const by of touchDimensions) {
    for (const touch of ['first', 'last']) {
      const { channels, totals } = await ask(app, `/v1/metrics/channels?${window}&by=${by}&touch=${touch}`)
      for (const name of ['visitors', 'leads', 'tenantsCreated', 'tenantsWithFirstScan']) {
        const sum = channels.reduce(
          (total: number, row: Record<string, number>) => total + (row[name] ?? 0),
          0,
        )
        expect([by, touch, name, sum]).toEqual([by, touch, name, totals[name]])
      }
    }
  }
  const { channels } = await ask(app, `/v1/metrics/channels?${window}`)
  expect(channels.map(({ channel }: ChannelRow) => channel)).toContain('partners')
})

test('counts visitors once a day by the first visit of the day, also after the visits are deleted', async () => {
  await using bridge = await createTouchedBridge()
  await visit(bridge, { id: 'a4', visitor: 'ada', at: '2026-02-07T20:00:00Z', source: 'email' })
  await countVisitors(bridge.database, { now, marketingPropertyId })
  await countVisitors(bridge.database, { now, marketingPropertyId })
  await bridge.sql('DELETE FROM visitors')
  const visitors = async () => {
    const app = await bridge.serve({ now })
    const { channels } = await ask(app, `/v1/metrics/channels?${window}`)
    return Object.fromEntries(channels.map((row: ChannelRow) => [row.channel, row.visitors]))
  }
  expect(await visitors()).toMatchObject({ organic_search: 1, email: 1, social: 1, paid_search: 1, none: 0 })
})
