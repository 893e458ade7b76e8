import { fromPg } from '@altcontext/webhook-store'
import pg from 'pg'
import { expect, test, vi } from 'vitest'
import { checkRetention, defaultRetention } from '../src/retention/check-retention.ts'
import { purgeRetention } from '../src/retention/purge-retention.ts'
import { findDiscrepancies } from '../src/rollups/find-discrepancies.ts'
import { rollupDirty } from '../src/rollups/rollup-dirty.ts'
import { rollupServiceUsage } from '../src/rollups/rollup-service-usage.ts'
import { createRole } from './create-role.ts'
import { ask, createTestBridge, type SentEvent } from './test-bridge.ts'
import { modelRollups, storedMilestones, storedRollups } from './usage-model.ts'

const at = (day: string) => () => Date.parse(`${day}T00:00:00Z`)
const scan = (id: number, day: string, receivedOn = day): SentEvent => ({
  id,
  type: 'scan.completed',
  tenant: 'a',
  at: `${day}T12:00:00.000Z`,
  receivedAt: `${receivedOn}T12:00:00.000Z`,
  payload: { mediaCount: 2, identitiesDetected: 3, durationMs: 100 },
})

test('moves raw events received 90 days ago into archives, and no rollup changes', async () => {
  await using bridge = await createTestBridge()
  const events = [scan(1, '2026-01-01'), scan(2, '2026-01-01'), scan(3, '2026-01-01', '2026-03-20')]
  await bridge.send(events)
  await rollupDirty(bridge.database)

  const purged = await purgeRetention(bridge.database, { now: at('2026-04-15') })

  expect(purged).toEqual({ events: 2, duplicates: 0, refusals: 0, rollups: 0, archives: 0, milestones: 0 })
  expect(await bridge.sql('SELECT events::int, scans_completed::int FROM service_usage_archives')).toEqual([
    { events: 2, scans_completed: 2 },
  ])
  expect(await rollupServiceUsage(bridge.database)).toMatchObject({ cells: 1, changed: 0, removed: 0 })
  expect(await storedRollups(bridge)).toEqual(modelRollups(events))
})

test('moves events of the same millisecond, though one transaction ends and the next begins among them', async () => {
  await using bridge = await createTestBridge()
  await bridge.send([1, 2, 3, 4, 5].map((id) => scan(id, '2026-01-01')))
  expect(await purgeRetention(bridge.database, { now: at('2026-04-15'), chunkEvents: 2 })).toMatchObject({
    events: 5,
  })
  expect(await bridge.sql('SELECT events::int FROM service_usage_archives')).toEqual([{ events: 5 }])
})

test('lets PostgreSQL analyse what a backfill and a purge have changed', async () => {
  await using bridge = await createTestBridge()
  const counted = async (table: string) =>
    (await bridge.sql('SELECT reltuples::int AS rows FROM pg_class WHERE oid = $1::regclass', [table]))[0]
  await bridge.send([scan(1, '2026-01-01'), scan(2, '2026-01-02'), scan(3, '2026-03-20')])
  await rollupServiceUsage(bridge.database)
  expect(await counted('service_usage_rollups')).toEqual({ rows: 3 })
  await purgeRetention(bridge.database, { now: at('2026-04-15') })
  expect(await counted('service_usage_archives')).toEqual({ rows: 2 })
})

test('vacuums after a backfill, unless the host begins a transaction around every statement', async () => {
  await using bridge = await createTestBridge()
  const vacuumed = () =>
    bridge.sql(
      "SELECT vacuum_count::int AS times FROM pg_stat_user_tables WHERE relname = 'service_usage_rollups'",
    )
  await bridge.send([scan(1, '2026-01-01')])
  const inTransactions = fromPg(bridge.test.pool, { beforeTransaction: (tx) => tx.query('SELECT 1') })
  await rollupServiceUsage(inTransactions)
  expect(await vacuumed()).toEqual([{ times: 0 }])
  await bridge.send([scan(2, '2026-01-02')])
  await rollupServiceUsage(bridge.database)
  expect(await vacuumed()).toEqual([{ times: 1 }])
})

test('says once that its role may not analyse the tables', async () => {
  await using bridge = await createTestBridge()
  await using role = await createRole(
    bridge,
    'REVOKE ALL ON service_usage_rollups FROM %',
    'GRANT SELECT, INSERT, UPDATE, DELETE ON service_usage_rollups TO %',
  )
  const pool = new pg.Pool({ connectionString: role.url })
  const warnings: (Error & { code?: string })[] = []
  const listen = (warning: Error) => warnings.push(warning)
  process.on('warning', listen)
  try {
    const database = fromPg(pool)
    await bridge.send([scan(1, '2026-01-01')])
    await rollupServiceUsage(database)
    await bridge.send([scan(2, '2026-01-02')])
    await rollupServiceUsage(database)
    await vi.waitFor(() => expect(warnings).not.toEqual([]), 60_000)
  } finally {
    process.off('warning', listen)
    await pool.end()
  }
  expect(warnings.map(({ code }) => code)).toEqual(['tables_not_analyzed'])
  expect(warnings[0]?.message).toContain('"service_usage_rollups"')
})

test("purges requests refused 90 days ago under the bridge's property, and nothing else of the host", async () => {
  await using bridge = await createTestBridge()
  for (const [id, property, day] of [
    ['old', 'description-service', '2026-01-01'],
    ['new', 'description-service', '2026-03-01'],
    ['of the host', 'marketing-site', '2026-01-01'],
  ]) {
    await bridge.sql(
      `INSERT INTO ingest_rejections (id, property_id, endpoint, reason, status_code, occurred_at)
       VALUES ($1, $2, '/hooks', 'unauthorized', 401, $3::timestamp)`,
      [id, property, day],
    )
    await bridge.sql(
      `INSERT INTO ingest_rejection_counts (property_id, minute, endpoint, reason, status_code, refused)
       VALUES ($1, $2::timestamp, '/hooks', 'unauthorized', 401, 1000)`,
      [property, day],
    )
  }
  expect(await purgeRetention(bridge.database, { now: at('2026-04-15') })).toMatchObject({ refusals: 1 })
  expect(await bridge.sql('SELECT id FROM ingest_rejections ORDER BY id')).toEqual([
    { id: 'new' },
    { id: 'of the host' },
  ])
  expect(await bridge.sql("SELECT to_char(minute, 'MM-DD') AS day FROM ingest_rejection_counts")).toEqual([
    { day: '03-01' },
  ])
})

test.each(['DELETE', 'SELECT'])(
  'leaves refusals to the host where its role may not %s them',
  async (right) => {
    await using bridge = await createTestBridge()
    await using role = await createRole(bridge, `REVOKE ${right} ON ingest_rejections FROM %`)
    const pool = new pg.Pool({ connectionString: role.url })
    try {
      await bridge.send([scan(1, '2026-01-01')])
      expect(await purgeRetention(fromPg(pool), { now: at('2026-04-15') })).toMatchObject({
        events: 1,
        refusals: 0,
      })
    } finally {
      await pool.end()
    }
  },
)

test('counts a late event for a purged day once', async () => {
  await using bridge = await createTestBridge()
  await bridge.send([scan(1, '2026-01-01')])
  await rollupDirty(bridge.database)
  await purgeRetention(bridge.database, { now: at('2026-05-01') })

  const late = scan(2, '2026-01-01', '2026-05-02')
  await bridge.send([late])
  await rollupDirty(bridge.database)
  expect(await storedRollups(bridge)).toEqual(modelRollups([scan(1, '2026-01-01'), late]))

  await purgeRetention(bridge.database, { now: at('2026-09-01') })
  await rollupServiceUsage(bridge.database)
  expect(await storedRollups(bridge)).toEqual(modelRollups([scan(1, '2026-01-01'), late]))
})

test('purges a day that still waits for its rollup, which then counts it from the archive', async () => {
  await using bridge = await createTestBridge()
  await bridge.send([scan(1, '2026-01-01')])
  await purgeRetention(bridge.database, { now: at('2026-05-01') })
  expect(await bridge.sql('SELECT 1 FROM tenant_events')).toEqual([])

  await rollupDirty(bridge.database)

  expect(await storedRollups(bridge)).toEqual(modelRollups([scan(1, '2026-01-01')]))
})

test('keeps the first day of the bridge when it purges events that no job has counted', async () => {
  await using bridge = await createTestBridge()
  const suggested = { id: 1, type: 'suggestion.generated', tenant: 'a', payload: { count: 1 } } as const
  await bridge.send([{ ...suggested, at: '2026-03-01T00:00:00Z', receivedAt: '2026-03-02T00:00:00Z' }])
  await purgeRetention(bridge.database, { now: at('2026-06-01') })

  // Older than a bridge that began on June 1 would believe.
  const created = { id: 2, type: 'tenant.created', tenant: 'a', at: '2026-02-28T23:59:59.999Z' } as const
  await bridge.send([{ ...created, receivedAt: '2026-06-01T00:00:00Z' }])
  await rollupDirty(bridge.database, { now: at('2026-06-01') })

  expect(await storedMilestones(bridge)).toMatchObject({ a: { created: created.at } })
})

test('recognises the replay of an event that is still held', async () => {
  await using bridge = await createTestBridge()
  await bridge.send([scan(1, '2026-01-01')])
  await rollupDirty(bridge.database)
  await purgeRetention(bridge.database, { now: at('2026-03-01') })
  await bridge.send([scan(1, '2026-01-01', '2026-03-02')])
  await rollupDirty(bridge.database)
  expect(await storedRollups(bridge)).toEqual(modelRollups([scan(1, '2026-01-01')]))
})

test('forgets rollups, archives and milestones after 24 months, but not the milestones of an active tenant', async () => {
  await using bridge = await createTestBridge()
  await bridge.send([
    { id: 1, type: 'tenant.created', tenant: 'gone', at: '2024-01-01T00:00:00Z' },
    { ...scan(2, '2024-01-02'), tenant: 'gone' },
    { id: 3, type: 'tenant.created', tenant: 'active', at: '2024-01-01T00:00:00Z' },
    { ...scan(4, '2024-01-02'), tenant: 'active' },
    { ...scan(5, '2026-01-02'), tenant: 'active' },
  ])
  await bridge.send([scan(2, '2024-01-02')])
  await rollupDirty(bridge.database)
  expect(await purgeRetention(bridge.database, { now: at('2024-06-01') })).toMatchObject({ duplicates: 1 })

  const purged = await purgeRetention(bridge.database, { now: at('2026-02-01') })

  expect(purged).toMatchObject({ rollups: 2, archives: 2, milestones: 1 })
  expect(Object.keys(await storedRollups(bridge))).toEqual(['active 2026-01-02'])
  expect(await bridge.sql(`SELECT day::text FROM service_usage_daily_totals`)).toEqual([
    { day: '2026-01-02' },
  ])
  const app = await bridge.serve({ now: at('2026-02-01') })
  const { tenants } = await ask(app, '/v1/metrics/tenants')
  expect(tenants).toHaveLength(1)
  expect(tenants[0]).toMatchObject({ tenantId: 'active', firstScanAt: '2024-01-02T12:00:00.000Z' })
  expect(await findDiscrepancies(bridge.database, { now: at('2026-02-01') })).toMatchObject({ cells: 0 })
})

test('does not bring back with a backfill what the retention has deleted', async () => {
  await using bridge = await createTestBridge()
  // Received recently, so that the raw events are still there.
  await bridge.send([scan(1, '2023-11-02', '2026-01-20'), scan(2, '2026-01-02')])
  await rollupDirty(bridge.database, { now: at('2026-02-01') })
  await purgeRetention(bridge.database, { now: at('2026-02-01') })
  const before = await storedRollups(bridge)

  await rollupServiceUsage(bridge.database, { now: at('2026-02-01') })
  await rollupServiceUsage(bridge.database, { now: at('2026-02-01'), from: '2023-11-01', to: '2023-11-30' })

  expect(Object.keys(before)).toEqual(['a 2026-01-02'])
  expect(await storedRollups(bridge)).toEqual(before)
})

test('forgets on which days a tenant was active more than 24 months ago, but for its first two', async () => {
  await using bridge = await createTestBridge()
  await bridge.send(
    ['2024-01-02', '2024-01-04', '2024-01-08', '2024-02-02', '2026-01-02'].map((day, id) => scan(id, day)),
  )
  await rollupDirty(bridge.database)
  const activeDays = async () => {
    const [row] = await bridge.sql<{ days: string[] }>(
      `SELECT array_agg((first_day + at)::text ORDER BY at) AS days
       FROM tenant_activity, generate_series(0, length(active_days) - 1) AS at WHERE get_bit(active_days, at) = 1`,
    )
    return row?.days
  }
  for (const _ of ['once', 'and once more']) {
    await purgeRetention(bridge.database, { now: at('2026-02-01') })
    expect(await activeDays()).toEqual(['2024-01-02', '2024-01-04', '2024-02-02', '2026-01-02'])
  }
})

test('gives 0 and no delta for a window that reaches past the retention', async () => {
  await using bridge = await createTestBridge()
  await bridge.send([scan(1, '2024-01-02'), scan(2, '2026-01-02')])
  await rollupDirty(bridge.database)
  const app = await bridge.serve({ now: at('2026-02-01') })
  await purgeRetention(bridge.database, { now: at('2026-02-01') })
  const response = await ask(app, '/v1/metrics/service-usage?from=2023-12-01&to=2024-03-01&compareTo=true')
  expect(response.usage.totalScansCompleted).toEqual({
    value: 0,
    delta: null,
    points: null,
    reason: null,
    deltaReason: 'previous_not_covered',
    judgement: null,
  })
  expect(response.usage.scanSuccessRate).toMatchObject({ value: null, reason: 'no_scans' })
})

test('accepts the default retention', () => {
  expect(checkRetention()).toEqual(defaultRetention)
  expect(checkRetention({ rawRetentionDays: undefined })).toEqual(defaultRetention)
})

test.each([
  [{ rawRetentionDays: 60 }, 'rawRetentionDays (60) must be longer than retryHorizonDays (60)'],
  [{ retryHorizonDays: 120 }, 'rawRetentionDays (90) must be longer than retryHorizonDays (120)'],
  [
    { rollupRetentionMonths: 12 },
    'rollupRetentionMonths (12, at least 365 days) must cover longestWindowDays (365) twice',
  ],
  [
    { longestWindowDays: 366 },
    'rollupRetentionMonths (24, at least 730 days) must cover longestWindowDays (366) twice',
  ],
])('refuses %o in one sentence that names the two horizons', (retention, sentence) => {
  expect(() => checkRetention(retention)).toThrowError(sentence)
  expect(() => checkRetention(retention)).toThrowError(
    expect.objectContaining({ code: 'contradicting_retention' }),
  )
})

test.each([0, -1, 1.5, Number.NaN])('refuses a retention of %d days', (rawRetentionDays) => {
  expect(() => checkRetention({ rawRetentionDays })).toThrowError(`rawRetentionDays is ${rawRetentionDays}`)
})
