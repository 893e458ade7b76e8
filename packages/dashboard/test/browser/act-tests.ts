import { readFile } from 'node:fs/promises'
import { expect } from 'vitest'
import { violations } from './accessibility-tests.ts'
import type { BrowserTest } from './browser-test.ts'

export const actTests = (test: BrowserTest): void => {
  test('A view is shared by the keyboard alone: whoever has the link sees it without a key, and is told when it is over', async (open) => {
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
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Share')

    const stranger = await page.context().browser()?.newContext({ locale: 'en-CA' })
    const other = await stranger?.newPage()
    if (stranger === undefined || other === undefined) throw new Error('There is no browser.')
    const asked: string[] = []
    other.on('request', (request) => asked.push(request.url()))
    await other.goto(link)
    await other.getByRole('heading', { name: 'Where tenants come from' }).waitFor()
    await other.getByText('Read-only, until Nov').waitFor()
    expect(new URL(other.url()).hash).toBe('')
    expect(asked.join()).not.toContain('shared-view.')
    expect(await other.getByRole('button', { name: 'Share' }).count()).toBe(0)
    expect(await other.getByRole('button', { name: 'Sign out' }).count()).toBe(0)
    clock.ms += 7 * 86_400_000
    await other.getByRole('link', { name: 'Tenants', exact: true }).click()
    await other.getByText('This link is over').waitFor()
    await stranger.close()
    expect(complaints).toEqual([])
  })

  test('The palette goes to views, channels and tenants, and does what can be done, by the keyboard alone', async (open) => {
    await using opened = await open()
    const { page, show, complaints } = opened
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
    expect(new URL(page.url()).searchParams.get('channel')).toBe('newsletter')
    await find('000-oak', /tenant-000-oak/)
    expect(new URL(page.url()).searchParams.get('tenant')).toBe('tenant-000-oak')
    await find('dark', /Colours: Dark/)
    expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe('dark')
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: 'A view, a channel' }).fill('xyzzy')
    await page.getByText('Nothing by that name.').waitFor()
    await page.keyboard.press('Escape')
    await find('share', /Share this view/)
    await page.getByRole('dialog', { name: 'Share this view' }).waitFor()
    expect(complaints).toEqual([])
  })

  test('A view is saved under a name and found by it, and a note stands on its day, by the keyboard alone', async (open) => {
    await using opened = await open()
    const { page, show, complaints } = opened
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
    expect(new URL(page.url()).search).toBe('?view=channels&range=7d')

    await show()
    await page.getByRole('button', { name: 'Write a note on a day' }).focus()
    await page.keyboard.press('Enter')
    await page.getByLabel('Day', { exact: true }).fill('2026-11-10')
    await page.getByLabel('What happened').focus()
    await page.keyboard.type('Newsletter sent')
    await page.keyboard.press('Enter')
    await page.getByRole('listitem').filter({ hasText: 'Newsletter sent' }).waitFor()
    expect(await page.locator('svg .note title').textContent()).toBe('Note: Newsletter sent')
    // What is sticky must not lie over what is measured.
    await page.evaluate(() => scrollTo(0, 0))
    expect(await violations(page)).toEqual([])
    await page.getByRole('button', { name: 'Remove the note: Newsletter sent' }).press('Enter')
    await page.locator('svg .note').waitFor({ state: 'detached' })
    expect(complaints).toEqual([])
  })

  test('A table that no route has as CSV is saved as it is shown', async (open) => {
    await using opened = await open()
    const { page, show, complaints } = opened
    await show('?view=events')
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page
        .getByRole('button', { name: /^Download CSV/ })
        .first()
        .click(),
    ])
    const lines = (await readFile(await download.path(), 'utf8')).trimEnd().split('\r\n')
    expect(lines[0]).toMatch(/^\uFEFF?Type,Tenant,Received/)
    expect(lines).toHaveLength(1 + (await page.getByRole('row').count()) - 1)
    expect(complaints).toEqual([])
  })

  test('axe finds nothing in the dialogs, in both languages and colours, nor at 320 px', async (open) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await using opened = await open({ colorScheme, viewport: { width: 320, height: 640 } })
      const { page, show } = opened
      for (const language of ['en', 'fr']) {
        await show(`?lang=${language}`)
        await page.keyboard.press('Control+k')
        await page.getByRole('option').nth(10).waitFor()
        expect(await violations(page)).toEqual([])
        await page.keyboard.press('Escape')
        await page.getByRole('button', { name: language === 'en' ? 'Share' : 'Partager' }).click()
        await page.getByRole('button', { name: language === 'en' ? 'Make a link' : 'Créer un lien' }).click()
        await page.getByRole('dialog').getByRole('textbox').waitFor()
        expect(await violations(page)).toEqual([])
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320)
        await page.keyboard.press('Escape')
      }
    }
  })

  test('The colours are chosen by hand and stay chosen; as the system is the default', async (open) => {
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

  test('A chart is saved as a picture that shows it, in its colours', async (open) => {
    await using opened = await open({ colorScheme: 'dark' })
    const { page, show, complaints } = opened
    await show()
    const button = page.getByRole('button', { name: 'Download PNG: Day by day' })
    const [download] = await Promise.all([page.waitForEvent('download'), button.click()])
    expect(download.suggestedFilename()).toBe('day-by-day.png')
    const file = await readFile(await download.path())
    expect(file.subarray(1, 4).toString()).toBe('PNG')
    // Its bars are there: enough pixels have the colour that bars have on the page.
    const accent = await page.evaluate(
      (source) =>
        new Promise<number>((resolve) => {
          const bytes = Uint8Array.from(atob(source), (letter) => letter.charCodeAt(0))
          createImageBitmap(new Blob([bytes], { type: 'image/png' })).then((bitmap) => {
            const canvas = new OffscreenCanvas(bitmap.width, bitmap.height)
            const context = canvas.getContext('2d')
            context?.drawImage(bitmap, 0, 0)
            const { data } = context?.getImageData(0, 0, bitmap.width, bitmap.height) ?? { data: [] }
            let count = 0
            for (let at = 0; at < data.length; at += 4)
              if (data[at] === 0x8c && data[at + 1] === 0x9e && data[at + 2] === 0xff) count += 1
            resolve(count)
          })
        }),
      file.toString('base64'),
    )
    expect(accent).toBeGreaterThan(1000)
    expect(complaints).toEqual([])
  })
}
