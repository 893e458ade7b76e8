import { expect, test } from 'vitest'
import { ask, createTestBridge, type TestBridge } from './test-bridge.ts'
import { createExampleBridge, exampleRequests } from './worked-example.ts'

/** Every object of a response that says what it divides. */
const sharesIn = (response: unknown, path = ''): [path: string, share: Record<string, number | null>][] => {
  if (typeof response !== 'object' || response === null) return []
  const inside = Object.entries(response).flatMap(([name, value]) => sharesIn(value, `${path}.${name}`))
  const isShare = 'count' in response && 'value' in response && ('base' in response || 'n' in response)
  return isShare ? [[path, response as Record<string, number | null>], ...inside] : inside
}

const expectQuotients = (response: unknown): number => {
  const shares = sharesIn(response)
  for (const [path, { value, count, base, n }] of shares) {
    const divisor = base ?? n
    if (value !== null) expect(value, path).toBe((count as number) / (divisor as number))
  }
  return shares.length
}

/** The counts from which the rates of a funnel or a channel are computed. */
const basesOf: Record<string, [count: string, base: string]> = {
  visitorToLeadRatio: ['leadsCaptured', 'marketingVisitors'],
  apiKeyCreationRate: ['tenantsWithApiKey', 'tenantsCreated'],
  activationRate: ['tenantsWithFirstScan', 'tenantsCreated'],
  firstScanRate: ['tenantsWithFirstScan', 'tenantsCreated'],
  returnRate: ['tenantsReturned', 'tenantsCreated'],
  active30dRate: ['tenantsActive30d', 'tenantsCreated'],
}

const expectBases = (counts: Record<string, unknown>, rates: Record<string, unknown>): void => {
  for (const [name, [count, base]] of Object.entries(basesOf)) {
    if (name in rates) expect(rates[name], name).toMatchObject({ count: counts[count], base: counts[base] })
  }
}

const askAll = async (bridge: TestBridge, nowMs: number) => {
  const app = await bridge.serve({ now: () => nowMs })
  const usage = await ask(app, exampleRequests['service-usage'])
  const channels = await ask(app, exampleRequests.channels)
  return { usage, channels, tenants: await ask(app, exampleRequests.tenants) }
}

test('gives every rate as its count divided by its base, in every response', async () => {
  await using bridge = await createExampleBridge()
  // One tenant scans and has no key, and one has a key and does not scan: neither depends on the other.
  await bridge.send([
    { id: 90, type: 'tenant.created', tenant: 'keyless', at: '2026-02-08T08:00:00Z' },
    { id: 91, type: 'scan.completed', tenant: 'keyless', at: '2026-02-08T09:00:00Z' },
  ])
  for (const at of ['2026-02-10T00:00:00Z', '2026-03-10T00:00:00Z']) {
    const responses = await askAll(bridge, Date.parse(at))
    expect(expectQuotients(responses)).toBeGreaterThan(20)
    const { funnel } = responses.usage
    expectBases(funnel, funnel.rates)
    for (const row of responses.channels.channels) expectBases(row, row)
    expect(funnel).toMatchObject({
      tenantsCreated: 4,
      tenantsWithApiKey: 2,
      tenantsWithFirstScan: 2,
      tenantsWithScanButNoApiKey: 1,
      rates: { activationRate: { value: 0.5, count: 2, base: 4 } },
    })
  }
})

test('counts who was active in the window beside the cohort, whenever they were created', async () => {
  await using bridge = await createExampleBridge()
  const app = await bridge.serve({ now: () => Date.parse('2026-02-10T00:00:00Z') })
  const activeIn = async (from: string, to: string) =>
    (await ask(app, `/v1/metrics/service-usage?from=${from}&to=${to}`)).funnel.activeTenants
  expect(await activeIn('2026-02-04', '2026-02-06')).toBe(1)
  expect(await activeIn('2026-02-06', '2026-02-06')).toBe(0)
  expect(await activeIn('2026-02-07', '2026-02-07')).toBe(1)
  expect(await activeIn('2026-02-07', '2026-02-08')).toBe(2)
  expect(await activeIn('2026-02-10', '2026-02-10')).toBe(0)
})

test('says null for numbers that only the rollups know, before anything was rolled up', async () => {
  await using bridge = await createTestBridge()
  await bridge.send([
    { id: 1, type: 'tenant.created', at: '2026-02-07T08:00:00Z' },
    { id: 2, type: 'scan.completed', at: '2026-02-07T09:00:00Z' },
  ])
  const { usage, channels } = await askAll(bridge, Date.parse('2026-02-10T00:00:00Z'))
  expect(usage.funnel).toMatchObject({
    tenantsWithFirstScan: 1,
    tenantsActive30d: null,
    tenantsReturned: null,
    activeTenants: null,
    reasons: { tenantsReturned: 'never_rolled_up' },
    rates: { returnRate: { value: null, reason: 'never_rolled_up' } },
  })
  expect(usage.trend[0]).toMatchObject({ dailyActiveTenants: null, activeReason: 'never_rolled_up' })
  expect(channels.channels[0]).toMatchObject({
    tenantsReturned: null,
    returnRate: { reason: 'never_rolled_up' },
  })
})
