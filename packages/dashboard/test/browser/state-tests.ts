import type { ServiceUsageResponse } from '@altcontext/webhook-metrics'
import { expect } from 'vitest'
import { freshness } from '../stub/stub-numbers.ts'
import type { BrowserTest } from './browser-test.ts'
import type { OpenPage } from './open-page.ts'

const quiet = (response: ServiceUsageResponse): ServiceUsageResponse => {
  const zero = {
    value: 0,
    delta: null,
    points: null,
    judgement: null,
    reason: null,
    deltaReason: 'not_requested',
  } as const
  const none = { ...zero, value: null, reason: 'no_scans' } as const
  return {
    ...response,
    usage: {
      totalScansCompleted: zero,
      totalScansFailed: zero,
      scanSuccessRate: none,
      totalMediaProcessed: zero,
      totalIdentitiesDetected: zero,
      identitiesPerScan: none,
      avgScanDurationMs: none,
      totalClustersCreated: zero,
      suggestionResolutionRate: none,
    },
    funnel: {
      ...response.funnel,
      marketingVisitors: 0,
      leadsCaptured: 0,
      leadsCapured: 0,
      tenantsCreated: 0,
      tenantsTooYoung: 0,
    },
  }
}
const withoutTenants = (opened: OpenPage) => {
  opened.state.tenants = (response) => ({ ...response, tenants: [], page: { ...response.page, total: 0 } })
}
const headings = (opened: OpenPage) => opened.page.locator('main h2').allTextContents()

export const stateTests = (test: BrowserTest): void => {
  test('Nothing ever, nothing in the range and a range before the retention are distinguished', async (open) => {
    await using opened = await open()
    const { show, state } = opened
    state.usage = quiet
    await show()
    expect(await headings(opened)).toEqual(['Nothing happened on these days'])
    await show('?from=2024-01-01&to=2024-02-01')
    expect(await headings(opened)).toEqual(['These days are past retention'])
    withoutTenants(opened)
    await show()
    expect(await headings(opened)).toEqual(['No event has arrived yet'])
    await show('?view=tenants')
    expect(await headings(opened)).toEqual(['No event has arrived yet'])
  })

  test('Before the first rollup the funnel is there, the usage says that it is not computed', async (open) => {
    await using opened = await open()
    const { page, show, state } = opened
    const never = {
      ...freshness,
      completeThrough: null,
      completeThroughReason: 'never_rolled_up',
      lastRun: null,
      lastRunReason: 'never_rolled_up',
    } as const
    state.usage = (response) => ({
      ...response,
      freshness: never,
      funnel: { ...response.funnel, tenantsReturned: null },
    })
    state.bridge = (response) => ({
      ...response,
      freshness: never,
      problems: ['behind'],
      jobs: { ...response.jobs, rollup: { run: null, reason: 'never_ran' } },
    })
    await show()
    expect(await headings(opened)).toEqual(['From visit to active use', 'The numbers are not computed yet'])
    expect(await page.getByText('Nothing counted yet').count()).toBe(1)
    // A number that nobody has counted is not 0.
    const returned = page.locator('ol.product li').last()
    expect((await returned.locator('strong').textContent())?.trim()).toBe('–')
    expect(await returned.locator('strong a').count()).toBe(0)
    await show('?view=bridge')
    expect((await headings(opened))[0]).toBe('Health of the bridge: Behind')
  })

  test('When every tenant is too young the page says that rates mean little', async (open) => {
    await using opened = await open()
    const { page, show, state } = opened
    state.usage = (response) => ({
      ...response,
      funnel: { ...response.funnel, tenantsTooYoung: response.funnel.tenantsCreated },
    })
    await show()
    await page.getByRole('heading', { name: 'Too early to say' }).waitFor()
    await page.getByText('All tenants of this range are younger than 7 days').waitFor()
  })

  test('Every view says when its numbers are behind', async (open) => {
    await using opened = await open()
    const { page, show, state } = opened
    const late = { ...freshness, backlog: 1204, oldestDirtyAgeMs: 7_260_000 }
    state.usage = (response) => ({ ...response, freshness: late })
    state.channels = (response) => ({ ...response, freshness: late })
    state.tenants = (response) => ({ ...response, freshness: late })
    state.bridge = (response) => ({ ...response, freshness: late, problems: ['behind'] })
    for (const view of ['overview', 'channels', 'tenants', 'bridge']) {
      await show(`?view=${view}`)
      await page.getByText('1,204 changes have waited up to 2h 1min to be counted').waitFor()
    }
    await page.getByRole('heading', { name: 'Health of the bridge: Behind' }).waitFor()
  })

  test('When the backend fails the page removes the old numbers and says so; a retry brings new ones', async (open) => {
    await using opened = await open()
    const { page, show, state } = opened
    await show()
    state.status = 500
    await page.getByRole('button', { name: 'Refresh' }).click()
    await page.getByText('The server responds, but cannot read the numbers now.').waitFor()
    expect(await page.getByText('14,203').count()).toBe(0)
    state.status = 200
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByText('14,203').waitFor()
    for (const [status, sentence] of [
      [400, 'The server refuses this range or tenant.'],
      [404, 'There are no metrics routes at metricsPath.'],
      [429, 'Too many requests. Wait a minute'],
      [503, 'The server responds, but cannot read the numbers now.'],
    ] as const) {
      state.status = status
      await page.getByRole('button', { name: 'Refresh' }).click()
      await page.getByText(sentence).waitFor()
    }
  })

  test('The page says when the server is gone', async (open) => {
    await using opened = await open()
    const { page, show } = opened
    await show('?view=channels')
    opened.stopServer()
    await page.getByRole('button', { name: 'Refresh' }).click()
    await page.getByText('The server does not respond.').waitFor()
    expect(await page.getByText('newsletter').count()).toBe(0)
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByText('Signing out failed: the server did not respond.').waitFor()
  })

  test('While it reads, a bar moves and the earlier numbers are marked as old', async (open) => {
    await using opened = await open()
    const { page, show, state } = opened
    await show()
    const { promise, resolve } = Promise.withResolvers<void>()
    state.gate = promise
    await page.getByLabel('Range').selectOption('Last 7 days')
    await page.getByRole('status').getByText('Loading…').waitFor()
    expect(await page.locator('.responses').getAttribute('aria-busy')).toBe('true')
    resolve()
    await page.getByText(/between Nov 16 and Nov 22, 2026/).waitFor()
    await page.getByText('Loading…').waitFor({ state: 'detached' })
  })
}
