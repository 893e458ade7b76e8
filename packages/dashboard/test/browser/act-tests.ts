import { readFile } from 'node:fs/promises'
import { expect } from 'vitest'
import { colours, violations } from './accessibility-tests.ts'
import type { BrowserTest } from './browser-test.ts'

export const actTests = (test: BrowserTest): void => {
  test('A view is shared by the keyboard alone: anybody with the link sees it without a key, and is told when it has expired', async (open) => {
    await using opened = await open()
    const { page, show, clock, complaints } = opened
    await show('?view=channels&range=7d')
    await page.getByRole('button', { name: 'Share' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('dialog', { name: 'Share this view' }).waitFor()
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    const link = await page.getByLabel('Link', { exact: true }).inputValue()
    expect(new URL(link).search).toBe('?view=channels&range=7d')
    await page.keyboard.press('Escape')
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe('Share')

    const stranger = await page.context().browser()?.newContext({ locale: 'en-CA' })
    const other = await stranger?.newPage()
    if (stranger === undefined || other === undefined) throw new Error('There is no browser.')
    const asked: string[] = []
    other.on('request', (request) => asked.push(request.url()))
    await other.goto(link)
    await other.getByRole('heading', { name: 'Where tenants come from' }).waitFor()
    await other.getByText('Read-only, until Nov').waitFor()
    expect(await other.evaluate(() => location.hash)).toBe('')
    expect(asked.join()).not.toContain('shared-view.')
    expect(await other.getByRole('button', { name: 'Share' }).count()).toBe(0)
    expect(await other.getByRole('button', { name: 'Sign out' }).count()).toBe(0)
    // Not before the click: until then, nothing may find out that the link has expired.
    await other.route('**/api/tenants?*', async (route) => {
      clock.ms += 7 * 86_400_000
      await route.continue()
    })
    await other.getByRole('link', { name: 'Tenants', exact: true }).click()
    await other.getByText('This link has expired').waitFor()
    await stranger.close()
    expect(complaints).toEqual([])
  })

  test('The palette opens views, channels and tenants, and runs actions, by the keyboard alone', async (open) => {
    await using opened = await open()
    const { page, show, complaints, search } = opened
    await show()
    const find = async (typed: string, option: string | RegExp) => {
      await page.keyboard.press('Control+k')
      const palette = page.getByRole('combobox', { name: 'A view, a channel' })
      await palette.fill(typed)
      await page.getByRole('option', { name: option }).first().waitFor()
      await page.keyboard.press('Enter')
      // What was chosen may open a dialog of its own.
      await palette.waitFor({ state: 'detached' })
    }
    await find('heal', /^Health/)
    await page.getByRole('heading', { name: 'Health of the bridge' }).waitFor()
    await find('newsl', /newsletter/)
    expect(new URLSearchParams(await search()).get('channel')).toBe('newsletter')
    await find('000-oak', /tenant-000-oak/)
    expect(new URLSearchParams(await search()).get('tenant')).toBe('tenant-000-oak')
    await find('dark', /Colours: Dark/)
    expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe('dark')
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: 'A view, a channel' }).fill('xyzzy')
    await page.getByText('Nothing with that name.').waitFor()
    await page.keyboard.press('Escape')
    await find('share', /Share this view/)
    await page.getByRole('dialog', { name: 'Share this view' }).waitFor()
    expect(complaints).toEqual([])
  })

  test('A view is saved under a name and found by it, and a note is shown on its day, by the keyboard alone', async (open) => {
    await using opened = await open()
    const { page, show, complaints, search } = opened
    await show('?view=channels&range=7d')
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: 'A view, a channel' }).fill('save')
    await page.keyboard.press('Enter')
    await page.getByLabel('Name').waitFor()
    await page.keyboard.type('Monday meeting')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await show()
    await page.keyboard.press('Control+k')
    await page.getByRole('option', { name: /^Monday meeting/ }).waitFor()
    await page.keyboard.type('monday')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Where tenants come from' }).waitFor()
    expect(await search()).toBe('?view=channels&range=7d')

    await show()
    await page.getByRole('button', { name: 'Write a note on a day' }).focus()
    await page.keyboard.press('Enter')
    await page.getByLabel('Day', { exact: true }).fill('2026-11-10')
    await page.getByLabel('What happened').focus()
    await page.keyboard.type('Newsletter sent')
    await page.keyboard.press('Enter')
    await page.getByRole('listitem').filter({ hasText: 'Newsletter sent' }).waitFor()
    expect(await page.locator('svg .note title').textContent()).toBe('Note: Newsletter sent')
    // Sticky elements must not cover what is measured.
    await page.evaluate(() => scrollTo(0, 0))
    expect(await violations(page)).toEqual([])
    await page.getByRole('button', { name: 'Remove the note: Newsletter sent' }).press('Enter')
    await page.locator('svg .note').waitFor({ state: 'detached' })
    expect(complaints).toEqual([])
  })

  test('The bar narrows the list to one channel, and opens one tenant, by the keyboard alone', async (open) => {
    await using opened = await open()
    const { page, show, complaints, search } = opened
    await show('?view=tenants')
    const choose = async (button: string, typed: string) => {
      await page.getByRole('button', { name: button }).press('Enter')
      await page.getByRole('dialog').getByRole('combobox').fill(typed)
      await page.getByRole('option', { name: typed }).first().waitFor()
      await page.keyboard.press('Enter')
      await page.getByRole('dialog').getByRole('combobox').waitFor({ state: 'detached' })
      return search()
    }
    expect(await choose('Channel…', 'newsletter')).toBe('?view=tenants&channel=newsletter')
    await page.getByRole('link', { name: 'Remove this filter. Channel: newsletter' }).waitFor()
    expect(await choose('Tenant…', 'tenant-000-oak')).toMatch(/^\?view=tenants&tenant=tenant-000-oak/)
    await page.getByRole('link', { name: /^Remove this filter. Tenant: / }).waitFor()
    expect(complaints).toEqual([])
  })

  test('The page says what could not be read or done, and does not show it as empty', async (open) => {
    await using opened = await open()
    const { page, show, state } = opened
    state.failing = 'notes'
    await show()
    await page.getByText('The notes on these days could not be read.').waitFor()
    await page.getByRole('button', { name: 'Write a note on a day' }).press('Enter')
    await page.getByLabel('What happened').fill('Newsletter sent')
    await page.keyboard.press('Enter')
    await page.route('**/api/notes/*', (route) => route.abort())
    await page.getByRole('button', { name: 'Remove the note: Newsletter sent' }).press('Enter')
    await page.getByText('The note could not be removed.').waitFor()
    await page.getByRole('listitem').filter({ hasText: 'Newsletter sent' }).waitFor()

    state.failing = 'tenants'
    await page.keyboard.press('Control+k')
    await page.getByRole('dialog').getByRole('combobox').fill('xyzzy')
    await page.getByText('Could not be searched: tenants.').waitFor()
    expect(await page.getByText('Nothing with that name.').count()).toBe(0)
    await page.keyboard.press('Escape')

    await page.route('**/assets/share-dialog*', (route) => route.abort())
    await page.getByRole('button', { name: 'Share' }).click()
    await page.getByText('This could not be opened: the server did not respond.').waitFor()
  })

  test('Tables that no route has as CSV are saved with numbers, moments and shares as a program reads them', async (open) => {
    await using opened = await open()
    const { page, show, go, complaints } = opened
    const saved = async (name: RegExp) => {
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name }).first().click(),
      ])
      const text = await readFile(await download.path(), 'utf8')
      return text
        .replace(/^\uFEFF/, '')
        .trimEnd()
        .split('\r\n')
    }
    await show('?view=events')
    const events = await saved(/^Download CSV/)
    expect(events[0]).toBe('Type,Tenant,Occurred,Received,Delay (ms),Id')
    expect(events).toHaveLength(await page.getByRole('row').count())
    expect(events[1]).toMatch(
      /^[a-z.]+,[^,]+,\d{4}-\d\d-\d\dT[\d:.]+Z,\d{4}-\d\d-\d\dT[\d:.]+Z,\d+,[\da-f-]{36}$/,
    )
    await go('?')
    const funnel = await saved(/^Download CSV: From visit/)
    expect(funnel[0]).toBe('Stage,Count,Share,Days before (Count),Days before (Share)')
    expect(funnel[1]).toMatch(/^Visitors,14203,,\d+,$/)
    // 34 of 40 as a number, and not as a percentage in text.
    expect(funnel[4]).toMatch(/^With an API key,\d+,0\.\d+,,0\.\d+$/)
    await go('?view=bridge')
    expect(await saved(/^Download CSV: What arrived/)).toContain('Accepted,2714,48210')
    await go('?view=channels&channel=newsletter')
    expect((await saved(/^Download CSV: How long/))[0]).toBe('At least (ms),Below (ms),Tenants')
    const weeks = await saved(/^Download CSV: Tenants of each week/)
    expect(weeks[0]).toMatch(/^Created,Tenants,Same week \(Count\),Same week \(Share\)/)
    expect(weeks[1]).toMatch(/^\d{4}-\d\d-\d\d,4,2,0\.5,1,0\.25/)
    expect(complaints).toEqual([])
  })

  test('axe finds nothing in the dialogs, in both languages and colours, nor at 320 px', async (open) => {
    await using opened = await open({ colorScheme: 'light', viewport: { width: 320, height: 640 } })
    const { page, show } = opened
    const check = async () => {
      await page.emulateMedia({ colorScheme: 'light' })
      expect(await violations(page)).toEqual([])
      await page.emulateMedia({ colorScheme: 'dark' })
      expect(await violations(page, colours)).toEqual([])
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320)
      await page.keyboard.press('Escape')
    }
    for (const [language, share, create] of [
      ['en', 'Share', 'Make a link'],
      ['fr', 'Partager', 'Créer un lien'],
    ] as const) {
      await show(`?lang=${language}`)
      await page.keyboard.press('Control+k')
      await page.getByRole('option').nth(10).waitFor()
      await check()
      await page.getByRole('button', { name: share }).click()
      await page.getByRole('button', { name: create }).click()
      await page.getByRole('dialog').getByRole('textbox').waitFor()
      await check()
    }
  })

  test('The colours are chosen by hand and stay chosen; those of the system are the default', async (open) => {
    await using opened = await open({ colorScheme: 'light' })
    const { page, show } = opened
    const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)
    await show()
    const light = await ground()
    await page.getByLabel('Colours').selectOption('dark')
    const dark = await ground()
    expect(dark).not.toBe(light)
    await page.reload()
    await page.getByLabel('Colours').waitFor()
    expect(await ground()).toBe(dark)
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.getByLabel('Colours').selectOption('light')
    expect(await ground()).toBe(light)
    await page.getByLabel('Colours').selectOption('system')
    expect(await ground()).toBe(dark)
  })
}
