import { expect } from 'vitest'
import type { BrowserTest } from './browser-test.ts'
import { tableTexts } from './open-page.ts'

export const liveTests = (test: BrowserTest): void => {
  test('The bar says how old the numbers are, and they are read again every half minute without a click', async (open) => {
    await using opened = await open()
    const { page, show, state } = opened
    await opened.stopClock()
    await show()
    await page.getByText('updated 1s ago').waitFor()
    await page.clock.fastForward(4000)
    await page.getByText('updated 4s ago').waitFor()
    expect(await page.getByText('14,203').count()).toBe(1)
    state.usage = (response) => ({ ...response, funnel: { ...response.funnel, marketingVisitors: 14_204 } })
    await page.clock.fastForward(31_000)
    await page.getByText('14,204').waitFor()
    // Numbers whose background read fails stay, and the page says how old they are.
    state.status = 500
    await page.clock.fastForward(31_000)
    await page.getByText('not live; the numbers are 31s old').waitFor()
    expect(await page.getByText('14,204').count()).toBe(1)
  })

  test('After midnight UTC the page requests the new day, without a click', async (open) => {
    await using opened = await open({ dashboard: { sessionMs: 2 * 86_400_000 } })
    const { page, show, state, clock } = opened
    await opened.stopClock()
    await show()
    expect(state.requests.join()).not.toContain('to=2026-11-23')
    clock.ms = Date.parse('2026-11-23T00:00:05Z')
    const asked = page.waitForRequest(/api\/service-usage\?from=2026-10-25&to=2026-11-23/)
    await page.clock.fastForward(31_000)
    await asked
    await page.getByText(/^updated \d+s ago$/).waitFor()
  })

  test('A page that nobody sees requests nothing, and does so at once when it is seen again', async (open) => {
    await using opened = await open()
    const { page, show, state } = opened
    await opened.stopClock()
    await show()
    await page.getByRole('link', { name: 'Health: Healthy' }).waitFor()
    const see = (isSeen: boolean) =>
      page.evaluate((hidden) => {
        Object.defineProperty(document, 'hidden', { configurable: true, value: hidden })
        document.dispatchEvent(new Event('visibilitychange'))
      }, !isSeen)
    const asked = () =>
      ['service-usage', 'bridge'].map((name) => state.requests.filter((url) => url.includes(name)).length)
    await see(false)
    const before = asked()
    await page.clock.fastForward(31_000)
    await page.clock.fastForward(31_000)
    const again = ['service-usage', 'bridge'].map((name) =>
      page.waitForResponse((response) => response.url().includes(`api/${name}`)),
    )
    await see(true)
    await Promise.all(again)
    expect(asked()).toEqual(before.map((count) => count + 1))
  })

  test('A server that hangs is not live, and the page waits for its response', async (open) => {
    await using opened = await open()
    const { page, show, state } = opened
    await opened.stopClock()
    await show()
    const { promise, resolve } = Promise.withResolvers<void>()
    state.gate = promise
    const asked = () => state.requests.filter((address) => address.includes('service-usage')).length
    const before = asked()
    await page.clock.fastForward(30_000)
    await expect.poll(asked).toBe(before + 1)
    await page.clock.fastForward(30_000)
    await page.getByText(/^not live; the numbers are /).waitFor()
    expect(asked()).toBe(before + 1)
    resolve()
    await page.getByText(/^updated \d+s ago$/).waitFor()
  })

  test('One failed report fails only its card, and comes back by itself', async (open) => {
    await using opened = await open()
    const { page, show, state } = opened
    state.failing = 'channels'
    await show()
    await page.getByRole('heading', { name: 'From visit to active use' }).waitFor()
    const failed = page
      .getByRole('alert')
      .filter({ hasText: 'Which channels bring tenants that come back: could not be read' })
    await failed.waitFor()
    delete state.failing
    await failed.getByRole('button', { name: 'Try again' }).click()
    await page.getByRole('region', { name: 'Which channels bring tenants that come back' }).waitFor()
    state.failing = 'service-usage'
    await page.getByRole('button', { name: 'Refresh' }).click()
    await page.getByText('From visit to active use: could not be read').waitFor()
    expect(await page.getByRole('link', { name: '13 created' }).count()).toBe(1)
    expect(await page.getByText('14,203').count()).toBe(0)
  })

  test('A card waits by itself, with its own outline', async (open) => {
    await using opened = await open()
    const { page, address, state } = opened
    const { promise, resolve } = Promise.withResolvers<void>()
    state.gate = promise
    await page.goto(address)
    await page.locator('.skeleton').nth(1).waitFor()
    resolve()
    await page.locator('.skeleton').first().waitFor({ state: 'detached' })
  })

  test('Arrow keys read a chart bar by bar, and Enter opens what is behind a bar', async (open) => {
    await using opened = await open()
    const { page, show, search } = opened
    await show()
    const chart = page.getByRole('slider', { name: /^Scans per day/ })
    await chart.focus()
    const read = () => chart.getAttribute('aria-valuetext')
    await page.keyboard.press('ArrowLeft')
    expect(await read()).toMatch(/^Nov 22, 2026: Completed \d+ · Failed \d+$/)
    await page.keyboard.press('ArrowLeft')
    expect(await read()).toMatch(/^Nov 21, 2026: /)
    await page.keyboard.press('Home')
    expect(await read()).toMatch(/^Oct 24, 2026: /)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Tenants', exact: true }).last().waitFor()
    expect(await search()).toBe('?view=tenants&from=2026-10-24&to=2026-10-24&sort=scansCompleted')
  })

  test('More than 120 days are drawn by the week, and lose no scan', async (open) => {
    await using opened = await open()
    const { page, show } = opened
    await show('?range=365d')
    await page.getByRole('slider', { name: /^Scans per week/ }).waitFor()
    const sum = (
      await page
        .locator('figure')
        .first()
        .locator('[data-day].series-0')
        .evaluateAll((bars) => bars.map((bar) => Number(bar.getAttribute('data-value'))))
    ).reduce((total, value) => total + value, 0)
    await page.getByRole('button', { name: 'Show as table: Week by week' }).click()
    const rows = await tableTexts(page, 'Week by week')
    expect(rows.length).toBeLessThan(55)
    expect(rows.reduce((total, row) => total + Number(row[1]?.replaceAll(',', '')), 0)).toBe(sum)
  })

  test('A channel is a chip in the bar; its page has its days, times, campaigns, landing pages, weeks and tenants', async (open) => {
    await using opened = await open()
    const { page, show, go, search } = opened
    await show()
    await page.getByRole('button', { name: 'Channel…' }).click()
    await page.getByRole('option', { name: 'newsletter' }).click()
    await page
      .getByText('3,120 visitors and 141 leads came through it. This is the overview of one channel')
      .waitFor()
    expect(await search()).toBe('?view=channels&channel=newsletter')
    for (const title of [
      'Tenants it brought, day by day',
      'How long its tenants took to their first scan',
      'Campaigns',
      'Landing pages',
      'Tenants of each week, and which of them scan in the weeks since',
      'Its newest tenants',
    ])
      await page.getByRole('heading', { name: title }).waitFor()
    expect(await tableTexts(page, 'Campaigns')).toEqual([
      ['spring', '5', '2', '1'],
      ['none', '5', '2', '1'],
    ])
    await page.getByRole('link', { name: /^Remove this filter\. Channel: newsletter$/ }).click()
    await page.getByRole('heading', { name: 'Where tenants come from' }).waitFor()
    await go('?view=tenants&tenant=tenant-000-oak')
    await page.getByRole('link', { name: /^Remove this filter\. Tenant: tenant-000-oak$/ }).click()
    await page.getByText('1 to 25 of 58').waitFor()
  })

  test('The meaning of a number is one press away, and its link leads to its line of the document', async (open) => {
    await using opened = await open()
    const { page, show, complaints } = opened
    await show()
    await page.getByRole('button', { name: 'What is “Scans completed”?' }).press('Enter')
    const meaning = page.locator('[popover]:popover-open')
    await meaning.getByText('Scans of all tenants that succeeded').waitFor()
    await meaning.getByRole('link', { name: 'The full definition' }).click()
    await page.waitForURL(/\/dashboard\/numbers#usage\.totalScansCompleted$/)
    const line = page.locator('[id="usage.totalScansCompleted"]')
    expect(await line.textContent()).toBe('totalScansCompleted')
    expect(await line.evaluate((element) => element.getBoundingClientRect().top < innerHeight)).toBe(true)
    expect(complaints).toEqual([])
  })
}
