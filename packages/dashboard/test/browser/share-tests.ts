import { expect } from 'vitest'
import { createFormat } from '../../src/app/format/create-format.ts'
import { createRealNumbers } from '../real-numbers.ts'
import type { BrowserTest } from './browser-test.ts'
import { type OpenPage, tableTexts } from './open-page.ts'

const format = createFormat('en-CA')
const numberOf = (text: string | undefined) => Number((text ?? '').replaceAll(',', ''))

/** A share as the page shows it, and the count and the base that stand beside it. */
interface Share {
  shown: string
  count: number
  base: number
}

const ofFunnel = async ({ page }: OpenPage): Promise<Share[]> => {
  const stages = await page
    .locator('ol.product li .numbers')
    .evaluateAll((rows) =>
      rows.map((row) => [row.querySelector('strong')?.textContent, row.querySelector('.share')?.textContent]),
    )
  const base = numberOf(stages[0]?.[0] ?? '')
  return stages.slice(1).map(([count, share]) => ({
    shown: String(share).split(' ')[0] ?? '',
    count: numberOf(count ?? ''),
    base,
  }))
}
const ofSite = async ({ page }: OpenPage): Promise<Share[]> => {
  const [visitors, leads] = await page.locator('ol.marketing strong').allTextContents()
  const shown = (await page.locator('ol.marketing .share').textContent())?.split(' ')[0] ?? ''
  const gap = /([\d.]+%)/.exec((await page.locator('.gap').first().textContent()) ?? '')?.[1] ?? ''
  const withLead = await page.locator('.facts dd').nth(1).textContent()
  return [
    { shown, count: numberOf(leads?.trim()), base: numberOf(visitors?.trim()) },
    { shown: gap, count: numberOf(withLead?.trim()), base: numberOf(leads?.trim()) },
  ]
}
const ofTable = async (
  { page }: OpenPage,
  name: RegExp | string,
  [shown, count, base]: [shown: number, count: number, base: (cells: string[]) => number],
): Promise<Share[]> =>
  (await tableTexts(page, name))
    .map((cells) => ({ shown: cells[shown] ?? '', count: numberOf(cells[count]), base: base(cells) }))
    .filter((share) => share.shown.includes('%'))
const ofCohorts = async ({ page }: OpenPage): Promise<Share[]> =>
  (await tableTexts(page, /^Tenants of each week/)).flatMap(([, tenants, ...shares]) =>
    shares.flatMap((text) => {
      const [, shown = '', count] = /^([\d.]+%) \(([\d,]+)\)$/.exec(text) ?? []
      return shown === '' ? [] : [{ shown, count: numberOf(count), base: numberOf(tenants) }]
    }),
  )
const ofSentence = async ({ page }: OpenPage): Promise<Share[]> => {
  const text = (await page.getByText(/of \d+ who had the time came back \(/).textContent()) ?? ''
  const [, count, base, shown = ''] =
    /(\d+) of (\d+) who had the time came back \(([\d.]+%)\)/.exec(text) ?? []
  return [{ shown, count: numberOf(count), base: numberOf(base) }]
}
const ofUsage = async ({ page }: OpenPage): Promise<Share[]> => {
  const cards = await page.locator('main dl .card dd').allTextContents()
  const [completed, failed, shown = ''] = cards.map((text) => text.trim())
  return [{ shown, count: numberOf(completed), base: numberOf(completed) + numberOf(failed) }]
}

export const shareTests = (test: BrowserTest): void => {
  test('No share on any view differs from its count divided by its base', async (open) => {
    const numbers = await createRealNumbers()
    try {
      await using opened = await open({ mountMetrics: numbers.mount })
      const { page, show, go } = opened
      await show()
      const found: Record<string, Share[]> = {
        funnel: await ofFunnel(opened),
        site: await ofSite(opened),
      }
      await page.getByRole('button', { name: /^Show as table: Which channels/ }).click()
      const mature = 3
      // Whoever had the time and came back is behind the rate; here everyone who came back had it.
      found.ranking = await ofTable(opened, /^Which channels/, [4, 2, (cells) => numberOf(cells[mature])])
      await go('?view=channels')
      found.channels = await ofTable(opened, /^Where tenants come from/, [
        6,
        4,
        (cells) => numberOf(cells[3]),
      ])
      await go('?view=channels&channel=email')
      await page.getByRole('heading', { name: 'Campaigns' }).waitFor()
      found.cohorts = await ofCohorts(opened)
      found.sentence = await ofSentence(opened)
      await go('?view=tenants')
      found.tenants = await ofTable(opened, /^Tenants/, [
        6,
        4,
        (cells) => numberOf(cells[4]) + numberOf(cells[5]),
      ])
      await go('?view=tenants&tenant=tenant-1')
      await page.getByRole('heading', { name: 'Use of the product' }).waitFor()
      found.tenant = await ofUsage(opened)
      for (const [where, shares] of Object.entries(found)) {
        expect(shares.length, where).toBeGreaterThan(0)
        for (const { shown, count, base } of shares)
          expect(shown, `${where}: ${count} of ${base}`).toBe(format.percent(count / base))
      }
    } finally {
      await numbers.drop()
    }
  })
}
