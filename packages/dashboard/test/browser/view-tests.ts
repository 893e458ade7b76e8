import { readFile } from 'node:fs/promises'
import type { ServiceUsageResponse } from '@altcontext/webhook-metrics'
import { expect } from 'vitest'
import { adminKey, hostileTenant } from '../stub/stub-numbers.ts'
import { allTenants } from '../stub/stub-tenants.ts'
import type { BrowserTest } from './browser-test.ts'
import { type OpenPage, tableTexts } from './open-page.ts'

const count = (value: number) => new Intl.NumberFormat('en-CA').format(value)

const responseOf = async <Body>({ app }: OpenPage, path: string): Promise<Body> =>
  (await app.inject({ url: `/v1/metrics/${path}`, headers: { 'x-admin-key': adminKey } })).json() as Body

export const viewTests = (test: BrowserTest): void => {
  test('The overview shows what the routes return, number by number', async (open) => {
    await using opened = await open()
    const { page, show } = opened
    await show()
    const { funnel, usage } = await responseOf<ServiceUsageResponse>(
      opened,
      'service-usage?from=2026-10-24&to=2026-11-22&compareTo=true',
    )
    expect(await page.getByRole('region', { name: 'In short' }).textContent()).toBe(
      'newsletter brings tenants that stay: 9 of 13 who had the time came back. ' +
        '34 new tenants came between Oct 24 and Nov 22, 2026. 15 of them came back on another day. ' +
        'Without today, that is 5 more tenants than in the 30 days before (29).',
    )
    const stages = (await page.locator('li .numbers strong').allTextContents()).map((text) => text.trim())
    expect(stages).toEqual(
      [
        funnel.marketingVisitors,
        funnel.leadsCaptured,
        funnel.tenantsCreated,
        funnel.tenantsWithApiKey,
        funnel.tenantsWithFirstScan,
        funnel.tenantsReturned ?? Number.NaN,
      ].map(count),
    )
    expect(await page.locator('li .numbers .small').allTextContents()).toEqual([
      '2.4% as many as visitors',
      '82.4% of tenants',
      '61.8% of tenants',
      '44.1% of tenants',
    ])
    const ranked = page.getByRole('region', { name: 'Which channels bring tenants that come back' })
    expect(
      await ranked
        .locator('li')
        .evaluateAll((rows) => rows.map((row) => row.textContent.replaceAll(/\s+/g, ' ').trim())),
    ).toEqual([
      'newsletter 13 created, 9 came back 69.2% of 13 (54.2% to 84.2%) ahead of the others',
      'Organic search 7 created, 3 came back 42.9% of 7 (27.9% to 57.9%) too few to rank',
      'conference 4 created, 2 came back 50% of 4 (35% to 65%) too few to rank',
      '<b>ads</b> 2 created, 0 came back 0% of 2 (0% to 15%) too few to rank',
    ])
    const card = async (name: keyof typeof usage) =>
      (await page.locator(`[data-metric=${name}] dd`).allTextContents())
        .map((text) => text.trim())
        .filter(Boolean)
    expect(await card('totalScansCompleted')).toEqual([count(1428), '12.3% up, better'])
    expect(await card('totalScansFailed')).toEqual(['31', '24% up, worse'])
    expect(await card('scanSuccessRate')).toEqual(['97.9%', '0.2% down, worse'])
    expect(await card('avgScanDurationMs')).toEqual(['3.2s', '6.2% down, better'])
    expect(await card('totalMediaProcessed')).toEqual([count(28_404), '18% up, better'])
    expect(await card('totalIdentitiesDetected')).toEqual([count(89_207), '21.4% up, better'])
    expect(await card('identitiesPerScan')).toEqual(['62.5', '8.1% up'])
    expect(await card('totalClustersCreated')).toEqual(['451', 'It was 0 before'])
    expect(await card('suggestionResolutionRate')).toEqual(['– No suggestion was made on these days'])
    const facts = await page.locator('.facts dd').allTextContents()
    expect(facts.map((fact) => fact.trim())).toEqual([
      '2h 44min',
      '26',
      '4 tenants younger than 7 days, without a scan yet',
      '30 of 30',
    ])
  })

  test('Without the comparison there is no change on the cards and in the answer, and no request for it', async (open) => {
    await using opened = await open()
    const { page, show, state, search } = opened
    await show()
    await page.getByLabel('Compare with the days before').uncheck()
    await page.locator('.change').first().waitFor({ state: 'detached' })
    expect(await search()).toBe('?compare=0')
    expect(await page.getByRole('region', { name: 'In short' }).textContent()).toMatch(
      /came back on another day\.$/,
    )
    state.requests.length = 0
    await show('?compare=0')
    expect(state.requests.filter((request) => request.includes('service-usage'))).toEqual([
      '/v1/metrics/service-usage?from=2026-10-24&to=2026-11-22&compareTo=false',
    ])
  })

  test('Each chart turns into a table of the same numbers by one key', async (open) => {
    await using opened = await open()
    const { page, show } = opened
    await show()
    const { trend, funnel } = await responseOf<ServiceUsageResponse>(
      opened,
      'service-usage?from=2026-10-24&to=2026-11-22',
    )
    const drawn = await page
      .locator('svg [data-day]')
      .evaluateAll((bars) =>
        bars.map((bar) => [bar.getAttribute('data-day'), Number(bar.getAttribute('data-value'))]),
      )
    const charted = ['scansCompleted', 'scansFailed', 'mediaProcessed', 'identitiesDetected'] as const
    expect(drawn).toEqual(
      charted.flatMap((name) => trend.filter((row) => row[name]).map((row) => [row.day, row[name]])),
    )
    await page.getByRole('button', { name: 'Show as table: Day by day' }).press('Enter')
    const rows = await tableTexts(page, 'Day by day')
    expect(rows.map((row) => row.slice(1))).toEqual(
      trend.map((row) => charted.map((name) => count(row[name] ?? 0))),
    )
    expect(rows.at(-1)?.[0]).toBe('Nov 22, 2026 (Today, still open)')

    const stages = await page.locator('li .numbers strong').allTextContents()
    await page.getByRole('button', { name: 'Show as table: From visit to active use' }).press('Enter')
    const table = await tableTexts(page, 'From visit to active use')
    expect(table.map((row) => row[1])).toEqual(stages)
    expect(table[0]).toEqual(['Visitors', count(funnel.marketingVisitors), count(13_900), '–'])
    expect(table.at(-1)?.[2]).toBe('40% of those who had the time')
    await page.getByRole('button', { name: 'Show as chart: Day by day' }).press('Enter')
    expect(await page.getByRole('slider', { name: /^Scans per day/ }).count()).toBe(1)
  })

  test("Today's open day is marked in the chart", async (open) => {
    await using opened = await open()
    const { page, show } = opened
    await show()
    expect(await page.locator('svg [data-day].open').first().getAttribute('data-day')).toBe('2026-11-22')
    expect(await page.locator('svg text.today').first().textContent()).toBe('Today, still open')
    await show('?from=2026-11-01&to=2026-11-21')
    expect(await page.locator('svg text.today').count()).toBe(0)
  })

  test('The channels are sorted by any column, keep their total and say where there is no rate', async (open) => {
    await using opened = await open()
    const { page, show } = opened
    await show('?view=channels')
    const names = async () => (await tableTexts(page, /^Where tenants come from/)).map(([name]) => name)
    expect(await names()).toEqual([
      'newsletter',
      'No lead known',
      'Organic search',
      'conference',
      '<b>ads</b>',
      'No channel named',
    ])
    await page.getByRole('button', { name: 'Visitors' }).press('Enter')
    expect((await names())[0]).toBe('Organic search')
    expect(await page.getByRole('columnheader', { name: 'Visitors' }).getAttribute('aria-sort')).toBe(
      'descending',
    )
    await page.getByRole('button', { name: 'Channel', exact: true }).press('Enter')
    expect((await names())[0]).toBe('<b>ads</b>')
    await page.getByRole('button', { name: 'First-scan rate' }).press('Enter')
    expect((await names()).at(-1)).toBe('No channel named')
    const rows = await tableTexts(page, /^Where tenants come from/)
    const total = (await page.locator('tfoot td').allTextContents()).slice(0, 5)
    const sums = [1, 2, 3, 4, 5].map((column) =>
      count(rows.reduce((sum, row) => sum + Number(row[column]?.replaceAll(',', '')), 0)),
    )
    expect(total).toEqual(sums)
    await page.goBack()
    await expect.poll(async () => (await names())[0]).toBe('<b>ads</b>')
  })

  test('The tenants are paged, sorted and found by id', async (open) => {
    await using opened = await open()
    const { page, show, search } = opened
    await show('?view=tenants')
    const firstId = () => page.locator('tbody th').first().textContent()
    expect(await page.locator('tbody tr').count()).toBe(25)
    await page.getByText('1 to 25 of 58').waitFor()
    await page.getByRole('button', { name: 'Next' }).click()
    await page.getByText('26 to 50 of 58').waitFor()
    await page.getByRole('button', { name: 'Media' }).click()
    await page.getByText('1 to 25 of 58').waitFor()
    await page.getByRole('button', { name: 'Media' }).click()
    await expect
      .poll(() => page.getByRole('columnheader', { name: 'Media' }).getAttribute('aria-sort'))
      .toBe('ascending')
    expect(await search()).toBe('?view=tenants&sort=mediaProcessed&order=asc')
    await page.getByRole('searchbox', { name: 'Find by tenant id' }).fill('TENANT-00')
    await page.getByRole('search').getByRole('button').click()
    await page.getByText('1 to 9 of 9').waitFor()
    expect((await firstId())?.trim()).toBe('tenant-005-elm')
    expect((await tableTexts(page, /^Tenants/))[0]?.slice(4, 8)).toEqual(['0', '0', '–', '0'])
    await page.getByRole('searchbox').fill('nobody')
    await page.getByRole('searchbox').press('Enter')
    await page.getByText('No tenant matches.').waitFor()
  })

  test('The CSV is that of the route, for the search and the order on the screen', async (open) => {
    await using opened = await open()
    const { page, show, app } = opened
    await show('?view=tenants&search=elm&sort=scansCompleted')
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Download CSV' }).click(),
    ])
    const direct = await app.inject({
      url: '/v1/metrics/tenants?from=2026-10-24&to=2026-11-22&sort=scansCompleted&order=desc&search=elm',
      headers: { 'x-admin-key': adminKey, accept: 'text/csv' },
    })
    expect(download.suggestedFilename()).toBe('tenants.csv')
    expect(await readFile(await download.path(), 'utf8')).toBe(direct.body)
    expect(direct.body.split('\r\n')).toHaveLength(
      1 + allTenants.filter(({ tenantId }) => tenantId.endsWith('elm')).length,
    )
  })

  test('The page says when there are more tenants than a CSV has', async (open) => {
    await using opened = await open()
    const { page, show, state } = opened
    state.tenants = (response) => ({ ...response, page: { ...response.page, total: 12_345 } })
    await show('?view=tenants')
    await page.getByText('The CSV has the first 10,000 of 12,345 tenants').waitFor()
  })

  test('Four cards have their days as a line, the other numbers are behind one click', async (open) => {
    await using opened = await open()
    const { page, show } = opened
    await show()
    const shown = page.locator('[data-metric]:visible')
    expect(await shown.count()).toBe(4)
    expect(await shown.locator('svg path').count()).toBeGreaterThanOrEqual(4)
    await page.getByText('More numbers').press('Enter')
    expect(await shown.count()).toBe(9)
  })

  test('With forced colours the current tab can still be distinguished from the others', async (open) => {
    await using opened = await open({ forcedColors: 'active' })
    const { page, show } = opened
    await show('?view=tenants')
    const widths = await page
      .locator('.tab')
      .evaluateAll((tabs) => tabs.map((tab) => getComputedStyle(tab).borderBottomWidth))
    expect(widths).toEqual(['2px', '2px', '4px', '2px', '2px'])
  })

  test('A tenant id with HTML in it is text everywhere, and leads to its own page', async (open) => {
    await using opened = await open()
    const { page, show, state, complaints } = opened
    await show('?view=tenants')
    await page.getByRole('link', { name: hostileTenant }).click()
    await page.getByRole('heading', { name: `Tenant ${hostileTenant}` }).waitFor()
    await page.getByTitle(hostileTenant).waitFor()
    const encoded = encodeURIComponent(hostileTenant)
    expect(state.requests.some((request) => request.startsWith(`/v1/metrics/tenants/${encoded}`))).toBe(true)
    await page.getByRole('link', { name: 'All tenants' }).click()
    await page.getByRole('heading', { name: 'Tenants', exact: true }).last().waitFor()
    expect(await page.evaluate(() => 'hacked' in window)).toBe(false)
    expect(complaints).toEqual([])
  })
}
