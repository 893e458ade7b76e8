import { expect, test } from 'vitest'
import { cohortsResponseSchema } from '../src/index.ts'
import { rollupDirty } from '../src/rollups/rollup-dirty.ts'
import { adminKey, ask, createTestBridge, type SentEvent, type TestBridge } from './test-bridge.ts'
import { writeHost } from './worked-example.ts'

// A Tuesday. Weeks begin on 5, 12, 19 and 26 January and on 2 February.
const now = () => Date.parse('2026-02-03T12:00:00Z')

let nextId = 1
const created = (tenant: string, at: string, email?: string): SentEvent => ({
  id: nextId++,
  type: 'tenant.created',
  tenant,
  at,
  ...(email !== undefined && { payload: { email } }),
})
const scan = (tenant: string, at: string): SentEvent => ({ id: nextId++, type: 'scan.completed', tenant, at })

const fill = async (bridge: TestBridge) => {
  await writeHost(bridge, {
    leads: [{ email: 'ada@example.com', channel: 'Newsletter ', capturedAt: '2026-01-04T08:00:00Z' }],
    days: [],
  })
  await bridge.send([
    // Sunday, in the last moment of its week.
    created('sunday', '2026-01-18T23:59:59.999Z', 'ada@example.com'),
    scan('sunday', '2026-01-19T00:00:00Z'),
    scan('sunday', '2026-01-25T10:00:00Z'),
    scan('sunday', '2026-02-02T10:00:00Z'),
    created('monday', '2026-01-19T00:00:00Z'),
    scan('monday', '2026-01-20T00:00:00Z'),
    created('idle', '2026-01-21T00:00:00Z'),
  ])
}

test('gives each week of creation its share in each week since, and null to weeks that are not over', async () => {
  await using bridge = await createTestBridge()
  await fill(bridge)
  await rollupDirty(bridge.database, { now })
  const app = await bridge.serve({ now })
  const response = cohortsResponseSchema.parse(
    await ask(app, '/v1/metrics/cohorts?from=2026-01-13&to=2026-02-03'),
  )
  expect(response.window).toEqual({ from: '2026-01-12', to: '2026-02-08' })
  expect(response.cohorts.map(({ from, to, tenants }) => [from, to, tenants])).toEqual([
    ['2026-01-12', '2026-01-18', 1],
    ['2026-01-19', '2026-01-25', 2],
    ['2026-01-26', '2026-02-01', 0],
    ['2026-02-02', '2026-02-08', 0],
  ])
  expect(response.cohorts.map(({ active }) => active.map(({ value }) => value))).toEqual([
    [0, 1, 0, null],
    [0.5, 0, null, null],
    [null, null, null, null],
    [null, null, null, null],
  ])
  expect(response.cohorts[1]?.active).toEqual([
    { value: 0.5, count: 1, base: 2, reason: null },
    { value: 0, count: 0, base: 2, reason: null },
    { value: null, count: 0, base: 2, reason: 'not_over' },
    { value: null, count: 0, base: 2, reason: 'not_over' },
  ])
  expect(response.cohorts[2]?.active[0]?.reason).toBe('no_tenants_created')
})

test('keeps to one channel in any spelling, to tenants without a lead, and to months', async () => {
  await using bridge = await createTestBridge()
  await fill(bridge)
  await rollupDirty(bridge.database, { now })
  const app = await bridge.serve({ now })
  const tenantsOf = async (query: string) => {
    const { channel, cohorts } = cohortsResponseSchema.parse(await ask(app, `/v1/metrics/cohorts?${query}`))
    return [channel, cohorts.reduce((sum, { tenants }) => sum + tenants, 0), cohorts.length]
  }
  expect(await tenantsOf('')).toEqual([null, 3, 12])
  expect(await tenantsOf('channel=E-Mail')).toEqual(['email', 1, 12])
  expect(await tenantsOf('channel=none')).toEqual(['none', 2, 12])
  expect(await tenantsOf('channel=social')).toEqual(['social', 0, 12])

  const months = cohortsResponseSchema.parse(await ask(app, '/v1/metrics/cohorts?by=month&from=2026-01-31'))
  expect(months.window).toEqual({ from: '2026-01-01', to: '2026-02-28' })
  expect(months.cohorts.map(({ active }) => active.map(({ value }) => value))).toEqual([
    [2 / 3, null],
    [null, null],
  ])
})

test('knows nothing before the first rollup, and nothing about weeks whose rollups are not kept', async () => {
  await using bridge = await createTestBridge()
  await fill(bridge)
  const app = await bridge.serve({ now })
  const reasonsOf = async () => {
    const { cohorts } = await ask(app, '/v1/metrics/cohorts?from=2026-01-12&to=2026-02-03')
    return cohorts[0].active.map(({ reason }: { reason: string | null }) => reason)
  }
  expect(await reasonsOf()).toEqual(Array(4).fill('never_rolled_up'))
  await rollupDirty(bridge.database, { now })
  expect(await reasonsOf()).toEqual([null, null, null, 'not_over'])
  const later = await bridge.serve({ now: () => Date.parse('2028-01-21T12:00:00Z') })
  const { cohorts } = await ask(later, '/v1/metrics/cohorts?from=2026-01-12&to=2026-02-03')
  expect(cohorts[0].active.slice(0, 3).map(({ reason }: { reason: string | null }) => reason)).toEqual([
    'not_kept',
    'not_kept',
    null,
  ])
})

test('returns CSV with one line for each entry, and refuses parameters that it does not know', async () => {
  await using bridge = await createTestBridge()
  await fill(bridge)
  await rollupDirty(bridge.database, { now })
  const app = await bridge.serve({ now })
  const headers = { 'x-admin-key': adminKey, accept: 'text/csv' }
  const { body } = await app.inject({ url: '/v1/metrics/cohorts?from=2026-01-19&to=2026-01-25', headers })
  expect(body.split('\n').slice(0, 4)).toEqual([
    'from,to,tenants,periodsSince,tenantsActive,share,windowFrom,windowTo,completeThrough',
    '2026-01-19,2026-01-25,2,0,1,0.5,2026-01-19,2026-01-25,2026-02-03T12:00:00.000Z',
    '2026-01-19,2026-01-25,2,1,0,0,2026-01-19,2026-01-25,2026-02-03T12:00:00.000Z',
    '2026-01-19,2026-01-25,2,2,,,2026-01-19,2026-01-25,2026-02-03T12:00:00.000Z',
  ])
  const wrong = ['by=day', 'chanel=email', 'from=2026-02-30', 'from=2024-01-01&to=2026-01-01']
  // A week of 1970 would have a share for each of the three thousand weeks since.
  for (const query of [...wrong, 'from=1970-01-05&to=1970-12-31', 'to=1990-01-01']) {
    const { statusCode, json } = await app.inject({ url: `/v1/metrics/cohorts?${query}`, headers })
    expect([statusCode, json().issues[0].path], query).toEqual([400, query.split('=')[0]])
  }
})
