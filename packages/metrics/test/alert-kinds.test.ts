import { randomUUID } from 'node:crypto'
import { inLeadScope, recordHeartbeat, recordProof } from '@altcontext/webhook-store'
import { expect, test } from 'vitest'
import { startAlertReceiver } from './alert-receiver.ts'
import { visit } from './host-visits.ts'
import { address, hourMs, kindsOf, refuse, scanAt, startMs, startWorker } from './start-alert-worker.ts'
import { ask, createTestBridge, marketingPropertyId, sendEvents } from './test-bridge.ts'

test('an outbox that is silent, has a wrong clock, misses events or proves nothing is reported, each in its own words', async () => {
  await using bridge = await createTestBridge()
  await using receiver = await startAlertReceiver()
  await bridge.send([scanAt(1, '2026-02-09T23:00:00Z')])
  const iso = (ms: number) => new Date(ms).toISOString()
  const [silent, wrong] = [randomUUID(), randomUUID()]
  const beat = (producer: string, atMs: number, sentMs = atMs) =>
    recordHeartbeat(
      bridge.database,
      {
        producer,
        sentAt: iso(sentMs),
        intervalMs: 60_000,
        closedThrough: iso(sentMs),
        oldestPendingMs: null,
        ledger: { accepted: 0, delivered: 0, duplicate: 0, pending: 0, dead: 0, dropped: {} },
      },
      { nowMs: atMs },
    )
  await beat(silent, startMs - 25 * hourMs)
  await beat(wrong, startMs, startMs - 10 * 60_000)
  const prove = (unrepaired: number) =>
    recordProof(bridge.database, {
      producer: wrong,
      proof: {
        at: iso(startMs),
        through: iso(startMs),
        compared: 5,
        lost: 0,
        raced: 0,
        unrepaired,
        unexplained: 0,
        gaps: [],
      },
    })
  await prove(2)
  await using worker = startWorker(bridge, { alerts: { webhook: { url: receiver.url } } })
  const sentences = () => receiver.events().map(({ payload }) => payload.sentence)
  await expect.poll(() => receiver.received.length).toBe(4)
  expect(sentences().sort()).toEqual([
    expect.stringMatching(`^2 events of the outbox ${wrong} never arrived, and it cannot send them again`),
    expect.stringMatching(`^The clock of the outbox ${wrong} and that of the receiver are 10 min apart`),
    expect.stringMatching(`^The outbox ${silent} has not proven for 25 h that all its events have arrived`),
    expect.stringMatching(
      `^The outbox ${silent} has sent no heartbeat for 1500 min, and is silent after 2 min`,
    ),
  ])
  await prove(0)
  await expect.poll(() => kindsOf(receiver.events()).slice(4)).toEqual(['alert.ended incomplete'])
  expect(sentences().at(-1)).toContain(`No event of the outbox ${wrong} is missing any longer.`)
  expect(worker.errors).toEqual([])
})

test('where a function names the customer, refused requests belong to nobody, and are reported and shown nevertheless', async () => {
  await using bridge = await createTestBridge()
  await using receiver = await startAlertReceiver()
  const hostTables = [
    'leads',
    'lead_identities',
    'events',
    'sessions',
    'daily_metric_rollups',
    'ingest_rejections',
  ]
  for (const table of hostTables) await bridge.sql(`ALTER TABLE ${table} ADD COLUMN tenant_id uuid`)
  const tenantId = '11111111-0000-4000-8000-000000000000'
  await sendEvents(inLeadScope(bridge.database, { tenantId }), [
    { id: 1, type: 'tenant.created', at: '2026-02-09T23:00:00Z' },
  ])
  const app = await bridge.serve({ now: () => startMs, leadScope: () => ({ tenantId }) })
  expect((await ask(app, '/v1/metrics/bridge')).problems).not.toContain('refusing')
  await refuse(bridge, '2026-02-09T22:00:00Z')
  expect((await ask(app, '/v1/metrics/bridge')).problems).toContain('refusing')
  await using worker = startWorker(bridge, { hasCustomers: true, alerts: { webhook: { url: receiver.url } } })
  await expect.poll(() => receiver.received.length).toBe(1)
  expect(receiver.events()).toMatchObject([
    { tenantId: 'bridge', payload: { kind: 'refusing', customer: null, measured: 0.5 } },
  ])
  expect(worker.errors).toEqual([])
})

test('a channel is judged by the same weekday of the weeks before, and its name holds no address', async () => {
  await using bridge = await createTestBridge()
  await using receiver = await startAlertReceiver()
  // 2026-02-09 is a Monday. Mondays bring 20 visitors, every other day 2.
  const visitors = (channel: string, day: string, count: number) =>
    bridge.sql(
      `INSERT INTO daily_visitors (id, property_id, day, channel, source, medium, campaign, landing_path, visitors)
       VALUES ($1 || $2, $3, $2::date, $1, '', '', '', '', $4)`,
      [channel, day, marketingPropertyId, count],
    )
  for (let week = 1; week <= 8; week += 1) {
    const monday = new Date(Date.parse('2026-02-09') - week * 7 * 24 * hourMs).toISOString().slice(0, 10)
    const sunday = new Date(Date.parse(monday) - 24 * hourMs).toISOString().slice(0, 10)
    for (const channel of ['social', address]) {
      await visitors(channel, monday, 20)
      await visitors(channel, sunday, 2)
    }
  }
  // The worker counts the visitors of the last two days that are there itself, from the visits.
  await visitors('social', '2026-02-09', 0)
  await visitors('social', '2026-02-10', 0)
  for (const [day, count] of [
    ['2026-02-08', 2],
    ['2026-02-09', 3],
    ['2026-02-10', 2],
  ] as const) {
    for (let index = 0; index < count; index += 1) {
      const id = `${day}-${index}`
      await visit(bridge, { id, visitor: id, at: `${day}T00:30:00Z`, source: 'social' })
    }
  }
  await using worker = startWorker(bridge, { alerts: { webhook: { url: receiver.url } } })
  // Sunday is the last whole day, an hour after midnight not yet Monday: two visitors are what Sundays bring.
  await expect.poll(() => bridge.sql('SELECT finished_at FROM service_usage_runs')).not.toEqual([])
  expect(receiver.received).toEqual([])
  worker.clock.ms = startMs + 2 * hourMs
  await expect.poll(() => receiver.received.length).toBe(2)
  expect(
    receiver
      .events()
      .map(({ payload }) => payload.sentence)
      .sort(),
  ).toEqual([
    'Visitors of "[address]" on the last whole day: 0. On that weekday 9 or more were expected.',
    'Visitors of "social" on the last whole day: 3. On that weekday 9 or more were expected.',
  ])
  worker.clock.ms = startMs + 26 * hourMs
  await expect
    .poll(() => kindsOf(receiver.events()).slice(2))
    .toEqual(['alert.ended channel_drop', 'alert.ended channel_drop'])
})
