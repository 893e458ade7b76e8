import type { ChannelsResponse } from '@altcontext/webhook-metrics'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { views } from './accessibility-tests.ts'
import type { BrowserTest } from './browser-test.ts'

const everyWidth = [
  320, 344, 360, 390, 412, 480, 540, 600, 680, 768, 800, 853, 912, 1024, 1180, 1280, 1440, 1920,
]
// The suite has every third, CI all of them.
const widths = everyWidth.filter((_width, index) => process.env.MATRICES === 'all' || index % 3 === 0)

/** Words of letters that begin on one line and end on another; ids, addresses and event types may. */
const brokenWords = (page: Page): Promise<string[]> =>
  page.locator('#app').evaluate((app) => {
    const walker = document.createTreeWalker(app, NodeFilter.SHOW_TEXT)
    const range = document.createRange()
    const broken: string[] = []
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const text = node.textContent ?? ''
      if (node.parentElement?.closest('.sr-only, code, [popover], svg')) continue
      for (const { 0: word, index } of text.matchAll(
        /(?<![\p{L}\p{N}._/@<>-])\p{L}{2,}(?![\p{L}\p{N}._/@<>-])/gu,
      )) {
        range.setStart(node, index)
        range.setEnd(node, index + word.length)
        const lines = new Set([...range.getClientRects()].map(({ top }) => Math.round(top)))
        if (lines.size > 1) broken.push(word)
      }
    }
    return broken
  })

export const layoutTests = (test: BrowserTest): void => {
  test('No word is broken in French, on any view, at any width from 320', async (open) => {
    await using opened = await open({ locale: 'fr-CA' })
    const { page, show, go } = opened
    await show()
    const found: string[] = []
    for (const view of views) {
      await go(`?view=${view}`)
      for (const width of widths) {
        await page.setViewportSize({ width, height: 900 })
        for (const word of await brokenWords(page)) found.push(`${view} ${width}: ${word}`)
      }
    }
    expect(found).toEqual([])
  })

  test('A channel with a name of 200 characters pushes no number away', async (open) => {
    await using opened = await open()
    const { page, show, state } = opened
    const long = 'l'.repeat(200)
    state.channels = (response: ChannelsResponse) => ({
      ...response,
      channels: response.channels.map((row) =>
        row.channel === 'newsletter' ? { ...row, channel: long } : row,
      ),
    })
    await show('?view=channels')
    const table = page.getByRole('table', { name: /^Where tenants come from/ })
    expect(await table.evaluate((element) => element.getBoundingClientRect().right)).toBeLessThanOrEqual(1280)
    await show()
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(1280)
  })

  test('Below 768 px a table is a card for each row, with the name of every column; above, its first column stays', async (open) => {
    await using opened = await open({ viewport: { width: 767, height: 900 } })
    const { page, show } = opened
    for (const view of ['channels', 'tenants']) {
      await show(`?view=${view}`)
      const cells = page.locator('table.cards tbody tr').first().locator('td')
      const labels = await cells.evaluateAll((found) =>
        found.map((cell) => getComputedStyle(cell, '::before').content.replaceAll('"', '')),
      )
      const headings = await page.locator('table.cards thead th').allTextContents()
      expect(labels).toEqual(headings.slice(1).map((heading) => heading.trim()))
      // Nothing has to be scrolled.
      const wide = await page
        .locator('.scroll')
        .first()
        .evaluate((region) => {
          const { right } = region.getBoundingClientRect()
          return [...region.querySelectorAll('tbody :not(.sr-only), tfoot :not(.sr-only)')]
            .filter((element) => element.getBoundingClientRect().right > right + 0.5)
            .map((element) => element.outerHTML.slice(0, 120))
        })
      expect(wide, view).toEqual([])
    }
    await page.setViewportSize({ width: 900, height: 900 })
    const region = page.locator('.scroll').first()
    await region.evaluate((element) => {
      element.scrollLeft = 300
    })
    const [name, left] = await Promise.all([
      page
        .locator('tbody th')
        .first()
        .evaluate((cell) => cell.getBoundingClientRect().left),
      region.evaluate((element) => element.getBoundingClientRect().left),
    ])
    expect(Math.round(name)).toBe(Math.round(left))
  })

  test('Going back leads to where the reader was', async (open) => {
    await using opened = await open()
    const { page, show } = opened
    await show()
    await page.getByRole('heading', { name: 'Use of the product' }).scrollIntoViewIfNeeded()
    await page.evaluate(() => scrollTo(0, 700))
    await page
      .getByRole('link', { name: 'Channels', exact: true })
      .evaluate((link) => (link as HTMLElement).click())
    await page.getByRole('heading', { name: 'Where tenants come from' }).waitFor()
    await expect.poll(() => page.evaluate(() => scrollY)).toBe(0)
    await page.goBack()
    await page.getByRole('heading', { name: 'Use of the product' }).waitFor()
    await expect.poll(() => page.evaluate(() => scrollY)).toBe(700)
  })
}
