import type { ServiceUsageResponse } from '@altcontext/webhook-metrics'
import { expect } from 'vitest'
import { freshness } from '../stub/stub-numbers.ts'
import type { BrowserTest } from './browser-test.ts'
import type { OpenPage } from './open-page.ts'

const quiet = (answer: ServiceUsageResponse): ServiceUsageResponse => {
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
    ...answer,
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
      ...answer.funnel,
      marketingVisitors: 0,
      leadsCaptured: 0,
      leadsCapured: 0,
      tenantsCreated: 0,
      tenantsTooYoung: 0,
    },
  }
}
const withoutTenants = (opened: OpenPage) => {
  opened.state.tenants = (answer) => ({ ...answer, tenants: [], page: { ...answer.page, total: 0 } })
}
const headings = (opened: OpenPage) => opened.page.locator('main h2').allTextContents()

export const stateTests = (test: BrowserTest): void => {
  test('Nothing ever, nothing in the range and a range before the retention are told apart', async (open) => {
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
    state.usage = (answer) => ({
      ...answer,
      freshness: never,
      funnel: { ...answer.funnel, tenantsReturned: null },
    })
    state.bridge = (answer) => ({
      ...answer,
      freshness: never,
      problems: ['behind'],
      jobs: { ...answer.jobs, rollup: { run: null, reason: 'never_ran' } },
    })
    await show()
    expect(await headings(opened)).toEqual(['From visit to active use', 'The numbers are not computed yet'])
    expect(await page.getByText('Nothing counted yet').count()).toBe(1)
    // What nobody has counted is not none.
    const returned = page.locator('ol.product li').last()
    expect((await returned.locator('strong').textContent())?.trim()).toBe('–')
    expect(await returned.locator('strong a').count()).toBe(0)
    await show('?view=bridge')
    expect((await headings(opened))[0]).toBe('Health of the bridge: Behind')
  })

  test('When every tenant is too young the page says that rates mean little', async (open) => {
    await using opened = await open()
    const { page, show, state } = opened
    state.usage = (answer) => ({
      ...answer,
      funnel: { ...answer.funnel, tenantsTooYoung: answer.funnel.tenantsCreated },
    })
    await show()
    await page.getByRole('heading', { name: 'Too early to say' }).waitFor()
    await page.getByText('All tenants of this range are younger than 7 days').waitFor()
  })

  test('Numbers that are behind are said to be, on every view', async (open) => {
    await using opened = await open()
    const { page, show, state } = opened
    const late = { ...freshness, backlog: 1204, oldestDirtyAgeMs: 7_260_000 }
    state.usage = (answer) => ({ ...answer, freshness: late })
    state.channels = (answer) => ({ ...answer, freshness: late })
    state.tenants = (answer) => ({ ...answer, freshness: late })
    state.bridge = (answer) => ({ ...answer, freshness: late, problems: ['behind'] })
    for (const view of ['overview', 'channels', 'tenants', 'bridge']) {
      await show(`?view=${view}`)
      await page.getByText('1,204 changes have waited up to 2h 1min to be counted').waitFor()
    }
    await page.getByRole('heading', { name: 'Health of the bridge: Behind' }).waitFor()
  })

  test('A failing backend takes the old numbers away and says so; a retry brings new ones', async (open) => {
    await using opened = await open()
    const { page, show, state } = opened
    await show()
    state.status = 500
    await page.getByRole('button', { name: 'Refresh' }).click()
    await page.getByText('The server answers, but cannot read the numbers now.').waitFor()
    expect(await page.getByText('14,203').count()).toBe(0)
    state.status = 200
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByText('14,203').waitFor()
    for (const [status, sentence] of [
      [400, 'The server refuses this range or tenant.'],
      [404, 'There are no metrics routes at metricsPath.'],
      [429, 'Too many requests. Wait a minute'],
      [503, 'The server answers, but cannot read the numbers now.'],
    ] as const) {
      state.status = status
      await page.getByRole('button', { name: 'Refresh' }).click()
      await page.getByText(sentence).waitFor()
    }
  })

  test('A server that is gone is said to be gone', async (open) => {
    await using opened = await open()
    const { page, show, app } = opened
    await show('?view=channels')
    app.server.closeAllConnections()
    await app.close()
    await page.getByRole('button', { name: 'Refresh' }).click()
    await page.getByText('The server does not answer.').waitFor()
    expect(await page.getByText('newsletter').count()).toBe(0)
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByText('Signing out failed: the server did not answer.').waitFor()
  })

  test('While it reads, a bar moves and the numbers before are marked as old', async (open) => {
    await using opened = await open()
    const { page, show, state } = opened
    await show()
    const { promise, resolve } = Promise.withResolvers<void>()
    state.gate = promise
    await page.getByLabel('Range').selectOption('Last 7 days')
    await page.getByRole('status').getByText('Loading…').waitFor()
    expect(await page.locator('.answers').getAttribute('aria-busy')).toBe('true')
    resolve()
    await page.getByText(/between Nov 16 and Nov 22, 2026/).waitFor()
    await page.getByText('Loading…').waitFor({ state: 'detached' })
  })
}
