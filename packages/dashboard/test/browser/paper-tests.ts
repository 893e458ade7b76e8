import type { Page } from 'playwright-core'
import { extractText, getDocumentProxy } from 'unpdf'
import { expect } from 'vitest'
import type { BrowserTest } from './browser-test.ts'

/** The text on the paper, and how much of it is beyond its edges. */
const printed = async (page: Page) => {
  const document = await getDocumentProxy(new Uint8Array(await page.pdf({ preferCSSPageSize: true })))
  const { text } = await extractText(document, { mergePages: true })
  const cut: string[] = []
  for (let number = 1; number <= document.numPages; number += 1) {
    const sheet = await document.getPage(number)
    const { width } = sheet.getViewport({ scale: 1 })
    for (const item of (await sheet.getTextContent()).items) {
      if (!('str' in item) || item.str.trim() === '') continue
      const left = Number(item.transform[4])
      if (left < 0 || left + item.width > width) cut.push(item.str)
    }
  }
  return { text: text.replaceAll(/\s+/g, ' '), cut }
}

export const paperTests = (test: BrowserTest): void => {
  test('The printed overview has the range in its header, the last day of every chart, and loses nothing at its edges', async (open) => {
    await using opened = await open()
    const { page, show } = opened
    await show()
    const { text, cut } = await printed(page)
    expect(text).toMatch(/Description service · Overview · Oct 24\s*–\s*Nov 22, 2026/)
    // Under each of the three charts.
    expect(text.match(/Nov 22(?!,)/g)?.length).toBeGreaterThanOrEqual(3)
    expect(text).toContain('Suggestions resolved')
    expect(cut).toEqual([])
    // The screen has its own width again.
    expect(await page.locator('main figure svg[role=slider]').first().getAttribute('width')).not.toBe('900')
  })

  test('A printed table has every column and every row of the page, the last day too', async (open) => {
    await using opened = await open({ viewport: { width: 700, height: 900 } })
    const { page, show } = opened
    await show('?view=tenants')
    const headings = (await page.locator('thead th').allTextContents()).map((heading) => heading.trim())
    expect(headings).toHaveLength(16)
    const tenants = await printed(page)
    for (const heading of headings) expect(tenants.text).toContain(heading)
    const ids = await page.locator('tbody th').allTextContents()
    const squeezed = tenants.text.replaceAll(' ', '')
    for (const id of ids) expect(squeezed).toContain(id.replaceAll(/\s/g, ''))
    expect(tenants.cut).toEqual([])
    await show()
    await page.getByRole('button', { name: 'Show as table: Day by day' }).click()
    const days = await printed(page)
    for (const heading of ['Scans: Completed', 'Scans: Failed', 'Media processed', 'Identities detected'])
      expect(days.text).toContain(heading)
    expect(days.text).toContain('Nov 22, 2026 (Today, still open)')
    expect(days.cut).toEqual([])
  })
}
