import { expect, test } from 'vitest'
import { rollupDirty } from '../src/rollups/rollup-dirty.ts'
import { ask, createTestBridge, type SentEvent, type TestBridge } from './test-bridge.ts'

const noon = (day: string) => `${day}T12:00:00Z`

const scans = (firstId: number, type: string, day: string, count: number, tenant = 'a'): SentEvent[] =>
  Array.from({ length: count }, (_, index) => ({ id: firstId + index, type, tenant, at: noon(day) }))

const compare = async (bridge: TestBridge, query: string, at: string) => {
  await rollupDirty(bridge.database, { now: () => Date.parse(at) })
  const app = await bridge.serve({ now: () => Date.parse(at) })
  return ask(app, `/v1/metrics/service-usage?compareTo=true&${query}`)
}

test('leaves the day that is not over out of comparisons, and marks it', async () => {
  await using bridge = await createTestBridge()
  await bridge.send([
    ...scans(1, 'scan.completed', '2026-02-01', 1),
    ...scans(100, 'scan.completed', '2026-02-06', 4),
    ...scans(200, 'scan.completed', '2026-02-08', 6),
    ...scans(300, 'scan.completed', '2026-02-10', 1),
  ])
  const response = await compare(bridge, 'from=2026-02-08&to=2026-02-10', '2026-02-10T12:30:00Z')
  expect(response).toMatchObject({
    openDay: '2026-02-10',
    compared: { from: '2026-02-08', to: '2026-02-09' },
    compareTo: { from: '2026-02-06', to: '2026-02-07' },
    usage: { totalScansCompleted: { value: 7, delta: 0.5, judgement: 'better' } },
  })
  expect(response.trend.map(({ isOpen }: { isOpen: boolean }) => isOpen)).toEqual([false, false, true])

  const today = await compare(bridge, 'from=2026-02-10&to=2026-02-10', '2026-02-10T12:30:00Z')
  expect(today).toMatchObject({
    compared: null,
    usage: { totalScansCompleted: { value: 1, deltaReason: 'open_day' } },
  })
})

test('gives the change of a rate in points, and judges failed scans by it', async () => {
  await using bridge = await createTestBridge()
  await bridge.send([
    ...scans(1, 'scan.completed', '2026-02-01', 1),
    ...scans(100, 'scan.completed', '2026-02-06', 16),
    ...scans(150, 'scan.failed', '2026-02-06', 4),
    ...scans(200, 'scan.completed', '2026-02-08', 54),
    ...scans(300, 'scan.failed', '2026-02-08', 6),
  ])
  const { usage } = await compare(bridge, 'from=2026-02-08&to=2026-02-09', '2026-02-20T00:00:00Z')
  expect(usage.scanSuccessRate).toMatchObject({ value: 0.9, judgement: 'better' })
  expect(usage.scanSuccessRate.points).toBeCloseTo(0.1, 12)
  expect(usage.totalScansFailed).toMatchObject({ value: 6, delta: 0.5, points: null, judgement: 'better' })
})

test('compares one tenant even if events of another wait, and none that is younger than the days before', async () => {
  await using bridge = await createTestBridge()
  await bridge.send([
    ...scans(1, 'scan.completed', '2026-02-01', 1),
    ...scans(100, 'scan.completed', '2026-02-06', 2),
    ...scans(200, 'scan.completed', '2026-02-08', 4),
    { id: 300, type: 'tenant.created', tenant: 'young', at: noon('2026-02-07') },
    ...scans(400, 'scan.completed', '2026-02-08', 4, 'young'),
  ])
  await rollupDirty(bridge.database)
  await bridge.send(scans(500, 'scan.completed', '2026-02-06', 1, 'other'))
  const app = await bridge.serve({ now: () => Date.parse('2026-02-20T00:00:00Z') })
  const deltaOf = async (tenantId: string) =>
    (
      await ask(
        app,
        `/v1/metrics/service-usage?compareTo=true&from=2026-02-08&to=2026-02-09&tenantId=${tenantId}`,
      )
    ).usage.totalScansCompleted
  expect(await deltaOf('a')).toMatchObject({ delta: 1, deltaReason: null })
  expect(await deltaOf('other')).toMatchObject({ deltaReason: 'previous_incomplete' })
  expect(await deltaOf('young')).toMatchObject({ delta: null, deltaReason: 'tenant_too_young' })
})

test('says null, not 0, for every tenant before the first rollup', async () => {
  await using bridge = await createTestBridge()
  await bridge.send(scans(1, 'scan.completed', '2026-02-08', 2))
  const app = await bridge.serve({ now: () => Date.parse('2026-02-10T00:00:00Z') })
  const { tenants } = await ask(app, '/v1/metrics/tenants')
  expect(tenants[0]).toMatchObject({
    firstScanAt: '2026-02-08T12:00:00.000Z',
    scansCompleted: null,
    lastActiveDay: null,
    reasons: { scansCompleted: 'never_rolled_up', lastActiveDay: 'never_rolled_up' },
  })
})
