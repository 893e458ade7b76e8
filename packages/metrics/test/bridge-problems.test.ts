import { expect, test } from 'vitest'
import { bridgeResponseSchema, findDiscrepancies } from '../src/index.ts'
import { rollupDirty } from '../src/rollups/rollup-dirty.ts'
import { ask, createTestBridge, type TestBridge } from './test-bridge.ts'

const nowMs = Date.parse('2026-02-10T00:00:00Z')

const bridgeAt = async (bridge: TestBridge, afterMs = 0) => {
  const app = await bridge.serve({ now: () => nowMs + afterMs })
  return bridgeResponseSchema.parse(await ask(app, '/v1/metrics/bridge'))
}

const refuse = (bridge: TestBridge, count: number, at = '2026-02-09T12:00:00Z') =>
  bridge.sql(
    `INSERT INTO ingest_rejections (id, property_id, endpoint, reason, status_code, occurred_at)
     SELECT 'r' || n || $1::text, 'description-service', '/v1/webhooks', 'invalid_signature', 401, $1::timestamp
     FROM generate_series(1, $2::int) n`,
    [at, count],
  )

test('An empty bridge is silent and was never verified, not healthy', async () => {
  await using bridge = await createTestBridge()
  const { problems, traffic } = await bridgeAt(bridge)
  expect(problems).toEqual(['silent', 'never_verified'])
  expect(traffic.lag).toEqual({ n: 0, p50Ms: null, p95Ms: null, reason: 'not_seen' })
  expect(new Set(traffic.lastEvents.map(({ reason }) => reason))).toEqual(new Set(['not_seen']))
})

test('A bridge that is counted, verified and not silent is healthy; refused requests, a backlog or differing numbers are named first', async () => {
  await using bridge = await createTestBridge()
  await bridge.send([
    { id: 1, type: 'scan.completed', at: '2026-02-09T10:00:00Z', receivedAt: '2026-02-09T10:00:10Z' },
    { id: 2, type: 'scan.completed', at: '2026-02-09T11:00:00Z', receivedAt: '2026-02-09T11:00:02Z' },
    { id: 3, type: 'scan.failed', at: '2026-01-20T11:00:00Z' },
  ])
  expect((await bridgeAt(bridge)).problems).toEqual(['behind', 'never_verified'])
  await rollupDirty(bridge.database, { now: () => nowMs })
  await findDiscrepancies(bridge.database, { now: () => nowMs })
  const healthy = await bridgeAt(bridge)
  expect(healthy.problems).toEqual([])
  expect(healthy.traffic).toMatchObject({
    last24Hours: { accepted: 2, duplicates: 0, refused: 0 },
    last30Days: { accepted: 3, duplicates: 0, refused: 0 },
    lag: { n: 2, p50Ms: 6000, p95Ms: 9600, reason: null },
  })
  const last = Object.fromEntries(
    healthy.traffic.lastEvents.map(({ eventType, ageMs }) => [eventType, ageMs]),
  )
  expect(last).toMatchObject({
    'scan.completed': nowMs - Date.parse('2026-02-09T11:00:02Z'),
    'scan.failed': nowMs - Date.parse('2026-01-20T11:00:00Z'),
    'tenant.created': null,
  })

  await refuse(bridge, 50)
  expect(await bridgeAt(bridge)).toMatchObject({
    problems: ['refusing'],
    traffic: { last24Hours: { refused: 50 }, last30Days: { refused: 50 } },
  })
  expect((await bridgeAt(bridge, 2 * 86_400_000)).problems).toEqual(['silent'])

  await bridge.sql(
    `INSERT INTO ingest_rejection_counts (property_id, minute, endpoint, reason, status_code, refused)
     SELECT property, minute::timestamp, '/v1/webhooks', 'invalid_signature', 401, 1000
     FROM (VALUES ('description-service', '2026-02-09T13:00:00Z'), ('another', '2026-02-09T13:00:00Z')) AS known (property, minute)`,
  )
  const flooded = await bridgeAt(bridge, -1)
  expect(flooded.traffic).toMatchObject({ last24Hours: { refused: 1050 }, last30Days: { refused: 1050 } })
  expect(flooded.today.refusals).toEqual({ total: 1050, counts: { invalid_signature: 1050 } })
  await bridge.sql('UPDATE service_usage_daily_totals SET scans_completed = 1000')
  await findDiscrepancies(bridge.database, { now: () => nowMs })
  expect((await bridgeAt(bridge)).problems).toEqual(['refusing', 'numbers_differ'])
})
