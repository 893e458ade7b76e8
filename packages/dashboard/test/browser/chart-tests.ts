import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import type { BrowserTest } from './browser-test.ts'

/** How many pixels of a picture have the colour that bars have on the dark page. */
const accentsIn = (page: Page, png: Buffer): Promise<number> =>
  page.evaluate(async (source) => {
    const bytes = Uint8Array.from(atob(source), (letter) => letter.charCodeAt(0))
    const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }))
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d')
    context?.drawImage(bitmap, 0, 0)
    const { data } = context?.getImageData(0, 0, bitmap.width, bitmap.height) ?? { data: [] }
    let count = 0
    for (let at = 0; at < data.length; at += 4)
      if (data[at] === 0x8c && data[at + 1] === 0x9e && data[at + 2] === 0xff) count += 1
    return count
  }, png.toString('base64'))

/** What is written into pictures from now on: the page's text word by word, the title line by line. */
const keepWritten = (page: Page) =>
  page.evaluate(() => {
    const written: string[] = []
    const { fillText } = CanvasRenderingContext2D.prototype
    CanvasRenderingContext2D.prototype.fillText = function (...drawn) {
      written.push(drawn[0])
      fillText.apply(this, drawn)
    }
    Object.assign(window, { written })
  })

export const chartTests = (test: BrowserTest): void => {
  test('Every chart is saved as a picture that shows it, in its colours, with its words and its days', async (open) => {
    await using opened = await open({ colorScheme: 'dark' })
    const { page, show, complaints } = opened
    await show()
    await keepWritten(page)
    for (const [title, file, words] of [
      ['Day by day', 'day-by-day.png', ['Completed', 'Failed']],
      ['From visit to active use', 'from-visit-to-active-use.png', ['Visitors', '14,203', 'Leads']],
      [
        'Which channels',
        'which-channels-bring-tenants-that-come-back.png',
        ['newsletter', 'created', '69.2%'],
      ],
    ] as const) {
      await page.evaluate(() =>
        Object.assign(window, { written: Object.assign(Reflect.get(window, 'written'), { length: 0 }) }),
      )
      const button = page.getByRole('button', { name: new RegExp(`^Download PNG: ${title}`) })
      const [download] = await Promise.all([page.waitForEvent('download'), button.click()])
      expect(download.suggestedFilename()).toBe(file)
      const png = await readFile(await download.path())
      expect(png.subarray(1, 4).toString()).toBe('PNG')
      expect(await accentsIn(page, png), title).toBeGreaterThan(1000)
      const written = await page.evaluate(() => Reflect.get(window, 'written') as string[])
      expect(written.join(' '), title).toContain(title)
      expect(written).toEqual(
        expect.arrayContaining([expect.stringMatching(/^Oct 24.+Nov 22, 2026$/), ...words]),
      )
      expect(written, 'no controls').not.toContain('?')
    }
    expect(complaints).toEqual([])
  })

  test('A tap on a bar opens what is behind it', async (open) => {
    await using opened = await open({ hasTouch: true, isMobile: true, viewport: { width: 390, height: 844 } })
    const { page, show, search } = opened
    await show()
    const chart = page.getByRole('slider', { name: /^Scans per day/ })
    await chart.scrollIntoViewIfNeeded()
    const bar = await chart.locator('rect[data-day="2026-11-10"]').first().boundingBox()
    if (bar === null) throw new Error('The day has no bar.')
    await page.touchscreen.tap(bar.x + bar.width / 2, bar.y + bar.height / 2)
    await page.getByRole('table', { name: /^Tenants/ }).waitFor()
    expect(await search()).toBe('?view=tenants&from=2026-11-10&to=2026-11-10&sort=scansCompleted')
  })
}
