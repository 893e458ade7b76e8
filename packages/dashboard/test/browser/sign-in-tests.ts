import { expect } from 'vitest'
import { adminKey } from '../stub/stub-numbers.ts'
import type { BrowserTest } from './browser-test.ts'
import { signInByHand } from './open-page.ts'

export const signInTests = (test: BrowserTest): void => {
  test('With the right key the first view appears, and the key is nowhere in the browser', async (open) => {
    await using opened = await open({ signedIn: false })
    const { page, address, complaints } = opened
    await page.goto(address)
    await page.getByLabel('Admin key').waitFor()
    expect(await page.getByLabel('Admin key').evaluate((input) => input === document.activeElement)).toBe(
      true,
    )
    await signInByHand(page)
    await page.getByRole('heading', { name: 'From visit to active use' }).waitFor()
    const kept = await page.evaluate(() => [
      location.href,
      JSON.stringify({ ...localStorage, ...sessionStorage }),
      document.cookie,
      document.documentElement.outerHTML,
    ])
    expect(kept.join()).not.toContain(adminKey)
    expect(kept[2]).toBe('')
    const [cookie] = await page.context().cookies(`${address}api/`)
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict', path: '/dashboard/api' })
    expect(await page.context().cookies(address)).toEqual([])
    expect(complaints).toEqual([])
  })

  test('The page says that a key is wrong, and another attempt is possible at once', async (open) => {
    await using opened = await open({ signedIn: false })
    const { page, address } = opened
    await page.goto(address)
    await signInByHand(page, 'wrong')
    const alert = page.getByRole('alert')
    await alert.waitFor()
    expect(await alert.textContent()).toBe('This is not the admin key. Check it and try again.')
    expect(await page.getByLabel('Admin key').getAttribute('aria-invalid')).toBe('true')
    await signInByHand(page)
    await page.getByRole('heading', { name: 'From visit to active use' }).waitFor()
  })

  test('Too many attempts and a server without a key have sentences of their own', async (open) => {
    await using limited = await open({ signedIn: false, dashboard: { signInsPerMinute: 1 } })
    await limited.page.goto(limited.address)
    await signInByHand(limited.page, 'wrong')
    await limited.page.getByRole('alert').waitFor()
    await signInByHand(limited.page)
    await limited.page.getByText('Too many attempts. Wait a minute, then try again.').waitFor()
    await using unset = await open({ signedIn: false, dashboard: { adminKeys: [] } })
    await unset.page.goto(unset.address)
    await signInByHand(unset.page)
    await unset.page.getByText('The server has no admin key.').waitFor()
  })

  test('When the session ends the page asks for the key again and continues where it was', async (open) => {
    await using opened = await open({ dashboard: { sessionMs: 60_000 } })
    const { page, clock, show, search } = opened
    await show('?view=channels&range=7d')
    // Not before the click: until then, nothing may find out that the session is over.
    await page.route(
      '**/api/tenants?*',
      async (route) => {
        clock.ms += 60_000
        await route.continue()
      },
      { times: 1 },
    )
    await page.getByRole('link', { name: 'Tenants', exact: true }).click()
    await page.getByText('Your session has ended. Sign in again to continue where you were.').waitFor()
    await signInByHand(page)
    await page.getByRole('heading', { name: 'Tenants', level: 2 }).waitFor()
    expect(await search()).toBe('?view=tenants&range=7d')
  })

  test('After signing out nothing is shown, also after going back', async (open) => {
    await using opened = await open()
    const { page, show } = opened
    await show('?view=bridge')
    await show()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByText('You are signed out.').waitFor()
    await page.goBack()
    await page.getByLabel('Admin key').waitFor()
    expect(await page.getByText('Health of the bridge').count()).toBe(0)
  })

  test('A host that decides by itself does so, and no form is shown', async (open) => {
    const users = { known: true }
    await using opened = await open({ signedIn: false, dashboard: { authorize: () => users.known } })
    const { page, address, show } = opened
    await show()
    expect(await page.getByRole('button', { name: 'Sign out' }).count()).toBe(0)
    users.known = false
    await page.goto(address)
    await page.getByText('You are not signed in, or may not see this page.').waitFor()
    expect(await page.getByLabel('Admin key').count()).toBe(0)
  })
}
