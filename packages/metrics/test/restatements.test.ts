import { type Database, inLeadScope } from '@altcontext/webhook-store'
import { expect, test } from 'vitest'
import { restatementsResponseSchema } from '../src/index.ts'
import { purgeRetention } from '../src/retention/purge-retention.ts'
import { rollupDirty } from '../src/rollups/rollup-dirty.ts'
import { rollupServiceUsage } from '../src/rollups/rollup-service-usage.ts'
import { ask, createTestBridge, type SentEvent, sendEvents, type TestBridge } from './test-bridge.ts'

const clock = (at: string) => () => Date.parse(at)

const scan = (id: number, at: string, receivedAt = at): SentEvent => ({
  id,
  type: 'scan.completed',
  tenant: 'a',
  at,
  receivedAt,
})

const restatements = async (bridge: TestBridge, at: string, query = 'from=2026-02-01&to=2026-02-28') => {
  const app = await bridge.serve({ now: clock(at) })
  return restatementsResponseSchema.parse(await ask(app, `/v1/metrics/restatements?${query}`))
}

test('logs what a late event changes in a closed day, and says so in every response for a week', async () => {
  await using bridge = await createTestBridge()
  await bridge.send([scan(1, '2026-02-07T12:00:00Z'), scan(2, '2026-02-07T23:59:00Z')])
  await rollupDirty(bridge.database, { now: clock('2026-02-07T20:00:00Z') })
  // The first run after midnight closes the day; what it still counts was never reported as final.
  await bridge.send([scan(3, '2026-02-07T23:59:30Z')])
  await rollupDirty(bridge.database, { now: clock('2026-02-08T00:01:00Z') })
  expect((await restatements(bridge, '2026-02-08T01:00:00Z')).restatements).toEqual([])

  await bridge.send([scan(4, '2026-02-07T13:00:00Z', '2026-02-09T08:00:00Z')])
  await rollupDirty(bridge.database, { now: clock('2026-02-09T08:01:00Z') })

  const { restatements: logged, page } = await restatements(bridge, '2026-02-10T00:00:00Z')
  expect(logged).toMatchObject([
    {
      day: '2026-02-07',
      cause: 'late_events',
      restatedAt: '2026-02-09T08:01:00.000Z',
      before: { scansCompleted: 3, mediaProcessed: 30 },
      after: { scansCompleted: 4, mediaProcessed: 40 },
    },
  ])
  expect(page).toEqual({ limit: 50, offset: 0, total: 1 })
  const restatedIn = async (window: string, at: string) => {
    const app = await bridge.serve({ now: clock(at) })
    return (await ask(app, `/v1/metrics/service-usage?${window}`)).freshness.restatementsInLast7Days
  }
  expect(await restatedIn('from=2026-02-07&to=2026-02-08', '2026-02-10T00:00:00Z')).toBe(1)
  expect(await restatedIn('from=2026-02-08&to=2026-02-09', '2026-02-10T00:00:00Z')).toBe(0)
  expect(await restatedIn('from=2026-02-07&to=2026-02-08', '2026-02-16T09:00:00Z')).toBe(0)
})

test('distinguishes a backfill from a repair, and notes what the retention deletes', async () => {
  await using bridge = await createTestBridge()
  await bridge.send([scan(1, '2026-02-07T12:00:00Z')])
  await rollupDirty(bridge.database, { now: clock('2026-02-08T00:01:00Z') })
  await bridge.sql('UPDATE service_usage_rollups SET scans_completed = 7')
  await bridge.sql('UPDATE service_usage_daily_totals SET scans_completed = 7')
  await rollupServiceUsage(bridge.database, { now: clock('2026-02-09T00:00:00Z') })
  await bridge.send([scan(2, '2026-02-07T13:00:00Z', '2026-02-09T08:00:00Z')])
  await rollupServiceUsage(bridge.database, { now: clock('2026-02-10T00:00:00Z') })
  await rollupServiceUsage(bridge.database, { now: clock('2026-02-11T00:00:00Z') })
  await purgeRetention(bridge.database, { now: clock('2028-02-08T00:00:00Z') })

  const { restatements: logged } = await restatements(bridge, '2028-02-09T00:00:00Z')
  expect(
    logged.map(({ cause, before, after }) => [cause, before.scansCompleted, after.scansCompleted]),
  ).toEqual([
    ['deletion', 2, 0],
    ['backfill', 1, 2],
    ['repair', 7, 1],
  ])
})

test('coverage depends on the days of receipt: one event dated long ago makes no window comparable', async () => {
  await using bridge = await createTestBridge()
  await bridge.send([
    scan(1, '2025-01-01T12:00:00Z', '2026-02-07T12:00:00Z'),
    scan(2, '2026-02-06T12:00:00Z', '2026-02-07T12:00:00Z'),
    scan(3, '2026-02-08T12:00:00Z'),
  ])
  await rollupDirty(bridge.database, { now: clock('2026-02-09T00:00:00Z') })
  const deltaOf = async (window: string) => {
    const app = await bridge.serve({ now: clock('2026-02-10T00:00:00Z') })
    return (await ask(app, `/v1/metrics/service-usage?compareTo=1&${window}`)).usage.totalScansCompleted
  }
  const ofDay = 'from=2026-02-07&to=2026-02-07'
  expect(await deltaOf(ofDay)).toMatchObject({ delta: null, deltaReason: 'previous_not_covered' })
  expect(await deltaOf('from=2026-02-08&to=2026-02-08')).toMatchObject({ deltaReason: 'previous_zero' })

  await purgeRetention(bridge.database, { now: clock('2026-07-01T00:00:00Z') })
  expect(await deltaOf(ofDay)).toMatchObject({ delta: null, deltaReason: 'previous_not_covered' })
  expect(await deltaOf('from=2026-02-08&to=2026-02-08')).toMatchObject({ deltaReason: 'previous_zero' })
})

test('keeps a tenant in its cohort whatever a clock far in the past says, and counts such events apart', async () => {
  await using bridge = await createTestBridge()
  const created = (id: number, tenant: string, at: string, receivedAt = at): SentEvent => ({
    id,
    type: 'tenant.created',
    tenant,
    at,
    receivedAt,
  })
  await bridge.send([
    created(1, 'both', '2026-02-07T12:00:00Z'),
    created(2, 'both', '1970-01-01T00:00:00Z', '2026-02-08T12:00:00Z'),
    created(3, 'wrong', '1970-01-01T00:00:00Z', '2026-02-08T13:00:00Z'),
    created(4, 'early', '2026-01-20T12:00:00Z', '2026-02-08T13:00:00Z'),
  ])
  await rollupDirty(bridge.database, { now: clock('2026-02-09T00:00:00Z') })
  const app = await bridge.serve({ now: clock('2026-02-10T00:00:00Z') })
  const { tenants } = await ask(app, '/v1/metrics/tenants?sort=tenantId&order=asc')
  expect(tenants.map((row: Record<string, unknown>) => [row.tenantId, row.tenantCreatedAt])).toEqual([
    ['both', '2026-02-07T12:00:00.000Z'],
    ['early', '2026-01-20T12:00:00.000Z'],
    ['wrong', '2026-02-08T13:00:00.000Z'],
  ])
  expect((await ask(app, '/v1/metrics/bridge')).implausible).toEqual({
    before: '2025-12-09T12:00:00.000Z',
    events: 2,
  })
  const { events } = await ask(app, '/v1/metrics/events')
  expect(
    events.map((event: Record<string, unknown>) => [event.tenantId, event.isImplausible]).toSorted(),
  ).toEqual([
    ['both', false],
    ['both', true],
    ['early', false],
    ['wrong', true],
  ])
})

test('lets no clock far in the past change who was first when, even after the raw events have gone', async () => {
  await using bridge = await createTestBridge()
  await bridge.send([
    { id: 1, type: 'tenant.created', tenant: 'a', at: '2026-02-07T11:00:00Z' },
    scan(2, '2026-02-07T12:00:00Z'),
  ])
  await rollupDirty(bridge.database, { now: clock('2026-02-08T00:00:00Z') })
  await purgeRetention(bridge.database, { now: clock('2026-06-01T00:00:00Z') })
  await bridge.send([
    {
      id: 3,
      type: 'tenant.created',
      tenant: 'a',
      at: '1999-01-01T00:00:00Z',
      receivedAt: '2026-06-02T12:00:00Z',
    },
    scan(4, '1999-01-01T00:00:00Z', '2026-06-02T12:00:00Z'),
  ])
  await rollupDirty(bridge.database, { now: clock('2026-06-03T00:00:00Z') })

  const app = await bridge.serve({ now: clock('2026-06-04T00:00:00Z') })
  const { tenants } = await ask(app, '/v1/metrics/tenants')
  expect(tenants[0]).toMatchObject({
    tenantCreatedAt: '2026-02-07T11:00:00.000Z',
    firstScanAt: '2026-02-07T12:00:00.000Z',
    lastActiveDay: '2026-02-07',
  })
  // Neither a return nor an activity: the day is invented. The scan is still counted on it.
  const { funnel } = await ask(app, '/v1/metrics/service-usage?from=2026-02-01&to=2026-02-28')
  expect(funnel).toMatchObject({ tenantsCreated: 1, tenantsWithFirstScan: 1, tenantsReturned: 0 })
  const { usage, trend } = await ask(app, '/v1/metrics/service-usage?from=1999-01-01&to=1999-01-02')
  expect([usage.totalScansCompleted.value, trend[0].dailyActiveTenants]).toEqual([1, 0])
})

test('covers for a customer from the day on which the first event of that customer was received', async () => {
  await using bridge = await createTestBridge()
  for (const table of ['leads', 'daily_metric_rollups'])
    await bridge.sql(`ALTER TABLE ${table} ADD COLUMN tenant_id uuid`)
  const [early, late] = ['1', '2'].map((digit) =>
    inLeadScope(bridge.database, { tenantId: `${digit.repeat(8)}-1111-4111-8111-111111111111` }),
  ) as [Database, Database]
  await sendEvents(early, [scan(1, '2026-01-01T12:00:00Z')])
  await rollupDirty(bridge.database, { now: clock('2026-01-02T00:00:00Z') })
  await sendEvents(late, [scan(2, '2026-02-06T12:00:00Z'), scan(3, '2026-02-08T12:00:00Z')])
  const reasonOf = async (database: Database) => {
    const app = await bridge.serve({ database, now: clock('2026-02-10T00:00:00Z') })
    const { usage } = await ask(app, '/v1/metrics/service-usage?from=2026-02-07&to=2026-02-08&compareTo=1')
    return usage.totalScansCompleted.deltaReason
  }
  for (const at of ['2026-02-08T00:00:00Z', '2026-02-09T00:00:00Z']) {
    expect([await reasonOf(late), at]).toEqual(['previous_not_covered', at])
    await rollupDirty(bridge.database, { now: clock(at) })
  }
  expect(await reasonOf(late)).toBe('previous_not_covered')
  expect(await reasonOf(early)).toBe('previous_zero')
})

test('still knows the first active days when their rollups are past the retention', async () => {
  await using bridge = await createTestBridge()
  await bridge.send([
    { id: 1, type: 'tenant.created', tenant: 'a', at: '2026-02-07T11:00:00Z' },
    scan(2, '2026-02-07T12:00:00Z'),
    scan(3, '2026-02-09T12:00:00Z'),
    scan(4, '2028-01-01T12:00:00Z'),
  ])
  await rollupDirty(bridge.database, { now: clock('2028-01-02T00:00:00Z') })
  await purgeRetention(bridge.database, { now: clock('2028-03-01T00:00:00Z') })
  // One on a day whose rollup was deleted, and one on a later day.
  await bridge.send([
    scan(5, '2026-02-08T12:00:00Z', '2028-03-01T10:00:00Z'),
    scan(6, '2028-03-01T12:00:00Z'),
  ])
  await rollupDirty(bridge.database, { now: clock('2028-03-02T00:00:00Z') })
  expect(
    await bridge.sql(
      `SELECT first_day::text AS first, second_day::text AS second, last_day::text AS last FROM tenant_activity`,
    ),
  ).toEqual([{ first: '2026-02-07', second: '2026-02-08', last: '2028-03-01' }])
})
