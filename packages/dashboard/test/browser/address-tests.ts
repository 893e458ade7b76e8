import { expect } from 'vitest'
import type { BrowserTest } from './browser-test.ts'
import { signInByHand } from './open-page.ts'
import { startStrippingProxy } from './start-stripping-proxy.ts'

export const addressTests = (test: BrowserTest): void => {
  test('The address holds range, comparison, tenant, language and view, so that it can be shared', async (open) => {
    await using opened = await open()
    const { page, show, search } = opened
    const address = '?from=2026-11-01&to=2026-11-07&compare=0&lang=fr'
    await show(address)
    await page.getByRole('heading', { name: 'Utilisation du produit' }).waitFor()
    expect(await page.getByLabel('Du', { exact: true }).inputValue()).toBe('2026-11-01')
    expect(await page.getByLabel('Comparer aux jours précédents').isChecked()).toBe(false)
    await page.getByRole('link', { name: 'Clients', exact: true }).click()
    await page.getByRole('link', { name: 'tenant-004-birch' }).click()
    await page.getByRole('heading', { name: 'gallery.example' }).waitFor()
    expect(await search()).toBe(
      '?view=tenants&from=2026-11-01&to=2026-11-07&compare=0&tenant=tenant-004-birch&lang=fr',
    )
    await page.getByRole('link', { name: 'Canaux', exact: true }).click()
    await page.getByRole('heading', { name: 'D’où viennent les clients' }).waitFor()
    expect(await search()).toBe(`?view=channels&${address.slice(1)}`)
    await page.goBack()
    await page.getByRole('heading', { name: 'gallery.example' }).waitFor()
    // The former address of the overview of one tenant shows its page.
    await show('?tenant=tenant-004-birch&lang=fr')
    await page.getByRole('heading', { name: 'gallery.example' }).waitFor()
  })

  test("The browser's language is used, and can be switched", async (open) => {
    await using opened = await open({ locale: 'fr-CA' })
    const { page, show } = opened
    await show()
    expect(await page.evaluate(() => [document.documentElement.lang, document.title])).toEqual([
      'fr-CA',
      'Aperçu · Service de description',
    ])
    expect(await page.getByText('14\u00a0203').count()).toBe(1)
    await page.getByRole('link', { name: 'English' }).click()
    await page.getByRole('heading', { name: 'From visit to active use' }).waitFor()
    expect(await page.evaluate(() => [document.documentElement.lang, location.search])).toEqual([
      'en-CA',
      '?lang=en',
    ])
    expect(await page.getByText('14,203').count()).toBe(1)
  })

  test('Any range of days can be chosen; impossible ones are refused with a sentence', async (open) => {
    await using opened = await open()
    const { page, show, state, search } = opened
    await show()
    await page.getByLabel('Range').selectOption('Other days')
    await page.getByLabel('From', { exact: true }).fill('2026-11-10')
    await page.getByLabel('To', { exact: true }).fill('2026-11-01')
    await page.getByLabel('To', { exact: true }).press('Enter')
    await page.getByText('The first day must not be after the last.').waitFor()
    await page.getByLabel('From', { exact: true }).fill('2024-11-10')
    await page.getByLabel('From', { exact: true }).press('Enter')
    await page.getByText('A range has at most 366 days.').waitFor()
    await page.getByLabel('From', { exact: true }).fill('2026-10-31')
    await page.getByLabel('From', { exact: true }).press('Enter')
    await page.getByText(/between Oct 31 and Nov 1, 2026/).waitFor()
    expect(state.requests.join()).toContain('from=2026-10-31&to=2026-11-01')
    expect(await search()).toBe('?from=2026-10-31&to=2026-11-01')
    await page.getByLabel('Range').selectOption('Last month')
    await page.getByText(/between Oct 1 and Oct 31, 2026/).waitFor()
    expect(await search()).toBe('?range=last-month')
  })

  test('It works behind a reverse proxy that strips a path, with a cookie for that path alone', async (open) => {
    await using opened = await open({ signedIn: false })
    const { page, address, complaints } = opened
    await using proxy = await startStrippingProxy(new URL(address).origin, '/tools/stats')
    await page.goto(`${proxy.origin}/tools/stats/dashboard?view=bridge`)
    await signInByHand(page)
    await page.getByRole('heading', { name: /^Health of the bridge/ }).waitFor()
    expect(await page.evaluate(() => location.href)).toBe(
      `${proxy.origin}/tools/stats/dashboard/?view=bridge`,
    )
    const [cookie] = await page.context().cookies(`${proxy.origin}/tools/stats/dashboard/api/`)
    expect(cookie?.path).toBe('/tools/stats/dashboard/api')
    expect(complaints).toEqual([])
  })

  test('No request leaves the origin, and nothing breaks the content security policy, in any view', async (open) => {
    await using opened = await open()
    const { show, origins, complaints, address } = opened
    for (const view of ['overview', 'channels', 'tenants', 'events', 'bridge']) await show(`?view=${view}`)
    expect([...origins]).toEqual([new URL(address).origin])
    expect(complaints).toEqual([])
  })

  test('Before the first view the page requests the session, and then all numbers at once', async (open) => {
    await using opened = await open()
    const expected = ['bridge', 'channels', 'service-usage', 'tenants']
    const asked: string[] = []
    const allAsked = Promise.withResolvers<void>()
    // No report gets a response before all are requested: a page that requests one by one never shows its numbers.
    await opened.page.route('**/dashboard/api/**', async (route) => {
      const report = new URL(route.request().url()).pathname.split('/').at(-1) ?? ''
      asked.push(report)
      if (asked.length > expected.length) allAsked.resolve()
      if (report !== 'session') await allAsked.promise
      await route.continue()
    })
    await opened.show()
    const [first, ...reports] = asked
    expect(first).toBe('session')
    // Notes on days come after the numbers.
    expect(reports.slice(0, expected.length).sort()).toEqual(expected)
  })
}
