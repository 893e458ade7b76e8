import { expect } from 'vitest'
import type { BrowserTest } from './browser-test.ts'
import type { OpenPage } from './open-page.ts'

const dayMs = 86_400_000

/** A link to the channels, made by somebody who is signed in. */
const linkOf = async ({ app, address, signIn }: OpenPage, days = 7): Promise<string> => {
  const made = await app.inject({
    method: 'POST',
    url: '/dashboard/api/shared-views',
    headers: { cookie: await signIn() },
    payload: { view: '?view=channels', days },
  })
  return `${address}?view=channels#shared=${made.json().token}`
}

export const linkTests = (test: BrowserTest): void => {
  test('A link that could not be opened yet is kept: too many attempts and a lost connection have sentences of their own', async (open) => {
    await using opened = await open({ signedIn: false })
    const { page, complaints } = opened
    const link = await linkOf(opened)
    const address = '**/api/shared-session'
    await page.route(address, (route) => route.fulfill({ status: 429, json: { ok: false } }))
    await page.goto(link)
    await page.getByText('Too many links were refused from this network.').waitFor()
    expect(page.url()).toBe(link)
    await page.unroute(address)
    await page.route(address, (route) => route.abort())
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByText('The link could not be checked: the server did not respond.').waitFor()
    expect(page.url()).toBe(link)
    await page.unroute(address)
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByText('Read-only, until Nov').waitFor()
    expect(await page.evaluate(() => location.hash)).toBe('')
    expect(complaints).toEqual([])
  })

  test('A new link opens in the tab of one that has expired', async (open) => {
    await using opened = await open({ signedIn: false })
    const { page, clock } = opened
    const old = await linkOf(opened, 1)
    clock.ms += 2 * dayMs
    await page.goto(old)
    await page.getByText('This link has expired').waitFor()
    expect(await page.evaluate(() => location.hash)).toBe('')
    await page.goto(await linkOf(opened))
    await page.getByText('Read-only, until Dec').waitFor()
    expect(await page.evaluate(() => location.hash)).toBe('')
  })

  test('The page says that a link has expired when Refresh finds out', async (open) => {
    await using opened = await open({ signedIn: false })
    const { page, clock } = opened
    // Only the session says it: no report is there to say that the link has expired, early or late.
    await page.route(/api\/(?!session|shared-session)/, () => {})
    await page.goto(await linkOf(opened, 1))
    await page.getByText('Read-only, until Nov').waitFor()
    // The link expires between the click and its request: until then, nothing can find out.
    const asked = page.waitForRequest('**/api/session')
    await page.route('**/api/session', async (route) => {
      clock.ms += 2 * dayMs
      await route.continue()
    })
    await page.getByRole('button', { name: 'Refresh' }).click()
    await asked
    await page.getByText('This link has expired').waitFor()
  })
}
