import type {
  BridgeResponse,
  ChannelsResponse,
  ServiceUsageResponse,
  TenantsResponse,
} from '@altcontext/webhook-metrics'
import { expect } from 'vitest'
import { createRealNumbers } from '../real-numbers.ts'
import { adminKey, hostileTenant } from '../stub/stub-numbers.ts'
import type { BrowserTest } from './browser-test.ts'
import { type OpenPage, tableTexts } from './open-page.ts'

const count = (value: number | null) => (value === null ? '–' : new Intl.NumberFormat('en-CA').format(value))
const percent = (value: number) =>
  new Intl.NumberFormat('en-CA', { style: 'percent', maximumFractionDigits: 1 }).format(value)

const days = 'from=2026-10-24&to=2026-11-22'
const ask = async <Body>({ app }: OpenPage, path: string): Promise<Body> => {
  const response = await app.inject({ url: `/v1/metrics/${path}`, headers: { 'x-admin-key': adminKey } })
  expect(response.statusCode).toBe(200)
  return response.json() as Body
}

const overviewEquals = async (opened: OpenPage) => {
  const { page } = opened
  const { funnel, usage, trend } = await ask<ServiceUsageResponse>(
    opened,
    `service-usage?${days}&compareTo=true`,
  )
  const { channels } = await ask<ChannelsResponse>(opened, `channels?${days}`)
  expect(funnel.tenantsCreated).toBe(6)
  const answer = await page.getByRole('region', { name: 'In short' }).textContent()
  expect(answer).toContain(`${funnel.tenantsCreated} new tenants came between Oct 24 and Nov 22, 2026.`)
  expect(answer).toMatch(/^There are too few tenants to rank the channels\./)
  expect(answer).toContain(`${funnel.tenantsReturned} of them came back on another day.`)
  const ranked = channels.filter((row) => row.kind === 'channel' && row.tenantsCreated > 0)
  const ranking = page.getByRole('region', { name: 'Which channels bring tenants that come back' })
  expect((await ranking.locator('li strong').allTextContents()).sort()).toEqual(
    ranked
      .map((row) => `${count(row.tenantsCreated)} created, ${count(row.tenantsReturned)} came back`)
      .sort(),
  )
  const stages = [
    'marketingVisitors',
    'leadsCaptured',
    'tenantsCreated',
    'tenantsWithApiKey',
    'tenantsWithFirstScan',
    'tenantsReturned',
  ] as const
  expect(await page.locator('li .numbers strong').allTextContents()).toEqual(
    stages.map((stage) => count(funnel[stage])),
  )
  const { visitorToLeadRatio, apiKeyCreationRate, activationRate, returnRate } = funnel.rates
  expect(await page.locator('li .numbers .small').allTextContents()).toEqual([
    `${percent(visitorToLeadRatio.value ?? Number.NaN)} as many as visitors`,
    ...[apiKeyCreationRate, activationRate, returnRate].map(
      ({ value }) => `${percent(value ?? Number.NaN)} of tenants`,
    ),
  ])
  const totals = [
    'totalScansCompleted',
    'totalScansFailed',
    'totalMediaProcessed',
    'totalIdentitiesDetected',
    'totalClustersCreated',
  ] as const
  for (const name of totals) {
    expect(await page.locator(`[data-metric=${name}] .value`).textContent()).toBe(count(usage[name].value))
  }
  expect(await page.locator('[data-metric=scanSuccessRate] .value').textContent()).toBe(
    percent(usage.scanSuccessRate.value ?? Number.NaN),
  )
  await page.getByRole('button', { name: 'Show as table: Day by day' }).press('Enter')
  expect((await tableTexts(page, 'Day by day')).map((row) => row.slice(1))).toEqual(
    trend.map((row) =>
      [row.scansCompleted, row.scansFailed, row.mediaProcessed, row.identitiesDetected].map(count),
    ),
  )
}

export const realNumbersTests = (test: BrowserTest): void => {
  test('Over a real database the page shows what the real routes return, number by number', async (open) => {
    const numbers = await createRealNumbers()
    try {
      await using opened = await open({ mountMetrics: numbers.mount })
      const { page, show, complaints } = opened
      await show()
      await overviewEquals(opened)

      await show('?view=channels')
      const { channels, totals } = await ask<ChannelsResponse>(opened, `channels?${days}`)
      const shown = await tableTexts(page, /^Where tenants come from/)
      const columns = [
        'visitors',
        'leads',
        'tenantsCreated',
        'tenantsWithFirstScan',
        'tenantsActive30d',
      ] as const
      expect(shown.map((row) => row.slice(1, 6)).sort()).toEqual(
        channels.map((row) => columns.map((column) => count(row[column]))).sort(),
      )
      expect((await page.locator('tfoot td').allTextContents()).slice(0, 5)).toEqual(
        columns.map((column) => count(totals[column])),
      )

      await show('?view=channels&by=campaign')
      const { channels: campaigns } = await ask<ChannelsResponse>(opened, `channels?${days}&by=campaign`)
      expect((await tableTexts(page, /^Where tenants come from/)).map((row) => row[3]).sort()).toEqual(
        campaigns.map(({ tenantsCreated }) => count(tenantsCreated)).sort(),
      )

      await show('?view=tenants')
      const { tenants } = await ask<TenantsResponse>(opened, `tenants?${days}`)
      expect(
        (await tableTexts(page, /^Tenants/)).map((row) => [row[0], row[4], row[5], row[7], row[8]]),
      ).toEqual(
        tenants.map((row) => [
          row.tenantId,
          count(row.scansCompleted),
          count(row.scansFailed),
          count(row.mediaProcessed),
          count(row.identitiesDetected),
        ]),
      )
      await show('?view=tenants&search=IMG')
      expect((await tableTexts(page, /^Tenants/)).map(([id]) => id)).toEqual([hostileTenant])

      await show('?view=bridge')
      const { today } = await ask<BridgeResponse>(opened, 'bridge')
      const received = Object.fromEntries(await tableTexts(page, 'Events received'))
      expect(received).toEqual(
        Object.fromEntries(
          Object.entries(today.received.counts).map(([name, value]) => [name, count(value)]),
        ),
      )
      await page.getByRole('heading', { name: 'Health of the bridge: Never verified' }).waitFor()
      expect(complaints).toEqual([])
    } finally {
      await numbers.drop()
    }
  })
}
