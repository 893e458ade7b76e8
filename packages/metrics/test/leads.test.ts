import { expect, test } from 'vitest'
import type { ChannelRow } from '../src/responses/channels-response.ts'
import { ask, createTestBridge } from './test-bridge.ts'
import { createExampleBridge, writeHost } from './worked-example.ts'

const now = () => Date.parse('2026-02-10T00:00:00Z')
const window = 'from=2026-02-07&to=2026-02-09'

const stages = ['tenantsCreated', 'tenantsWithApiKey', 'tenantsWithFirstScan', 'tenantsActive30d'] as const
const sumOf = (rows: ChannelRow[], name: keyof ChannelRow) =>
  rows.reduce((sum, row) => sum + (row[name] as number), 0)

test('returns channel rows that add up to the funnel, also for channels named like our own rows', async () => {
  await using bridge = await createExampleBridge()
  await writeHost(bridge, {
    leads: [{ email: 'cyd@example.com', channel: 'unattributed', capturedAt: '2026-02-08T08:00:00Z' }],
    days: [],
  })
  await bridge.send([
    {
      id: 80,
      type: 'tenant.created',
      tenant: 'x',
      at: '2026-02-08T00:00:00Z',
      payload: { email: 'cyd@example.com' },
    },
  ])
  const app = await bridge.serve({ now })
  const { channels, totals } = await ask(app, `/v1/metrics/channels?${window}`)
  const { funnel } = await ask(app, `/v1/metrics/service-usage?${window}`)
  for (const stage of stages) expect([stage, sumOf(channels, stage)]).toEqual([stage, funnel[stage]])
  expect(totals).toMatchObject({ visitors: 100, leads: 3, tenantsCreated: 4 })
  expect([sumOf(channels, 'visitors'), sumOf(channels, 'leads')]).toEqual([100, 3])
  const same = channels.filter(({ channel }: ChannelRow) => channel === 'unattributed')
  expect(same.map(({ kind, tenantsCreated }: ChannelRow) => [kind, tenantsCreated])).toEqual([
    ['channel', 1],
    ['remainder', 0],
  ])
})

test('takes the channel of a lead that names none from the first visit of its visitors', async () => {
  await using bridge = await createTestBridge()
  await writeHost(bridge, {
    leads: [{ email: 'ada@example.com', channel: null, capturedAt: '2026-02-07T08:00:00Z' }],
    days: [],
  })
  await bridge.sql(`INSERT INTO visitors (id, anon_id) VALUES ('v', 'anonymous')`)
  await bridge.sql(
    `INSERT INTO sessions (id, visitor_id, started_at, last_activity_at, landing_path) VALUES ('s', 'v', now(), now(), '/')`,
  )
  await bridge.sql(
    `INSERT INTO events (id, visitor_id, session_id, event_type, path, timestamp, property_id, traffic_source, is_entrance)
     VALUES ('1', 'v', 's', 'page_view', '/', '2026-02-01', 'marketing-site', 'paid_search', true),
            ('2', 'v', 's', 'page_view', '/', '2026-02-02', 'marketing-site', 'direct', true)`,
  )
  await bridge.sql(
    `INSERT INTO lead_identities (id, lead_id, visitor_id, link_source, confidence)
     SELECT '1', id, 'v', 'form_submit', 1 FROM leads`,
  )
  await bridge.send([
    { id: 1, type: 'tenant.created', at: '2026-02-08T00:00:00Z', payload: { email: 'ada@example.com' } },
  ])
  const app = await bridge.serve({ now })
  const { channels } = await ask(app, `/v1/metrics/channels?${window}`)
  expect(channels[0]).toMatchObject({ channel: 'paid_search', leads: 1, tenantsCreated: 1 })
})

test('changes no total when a lead is deleted, and keeps no trace of it', async () => {
  await using bridge = await createExampleBridge()
  const app = await bridge.serve({ now })
  const [lead] = await bridge.sql<{ id: string }>(
    `SELECT id FROM leads WHERE email_normalized = 'ada@example.com'`,
  )
  const read = async () => {
    const { channels, ...rest } = await ask(app, `/v1/metrics/channels?${window}`)
    return {
      usage: await ask(app, `/v1/metrics/service-usage?${window}&compareTo=true`),
      tenants: await ask(app, `/v1/metrics/tenants?${window}`),
      rest,
      sums: ['visitors', 'leads', ...stages].map((name) => sumOf(channels, name as keyof ChannelRow)),
    }
  }
  const before = await read()

  await bridge.sql(`DELETE FROM leads WHERE id = $1`, [lead?.id])

  expect(await read()).toEqual(before)
  for (const table of [
    'tenant_events',
    'tenant_milestones',
    'service_usage_rollups',
    'service_usage_daily_totals',
    'service_usage_archives',
    'service_usage_dirty',
    'service_usage_runs',
    'tenant_event_duplicates',
  ]) {
    const [dump] = await bridge.sql<{ text: string }>(
      `SELECT COALESCE(string_agg(row::text, ' '), '') AS text FROM ${table} row`,
    )
    expect(dump?.text).not.toContain(lead?.id)
    expect(dump?.text.toLowerCase()).not.toContain('ada@example.com')
  }
})
