import { expect } from 'vitest'
import { createFormat } from '../../src/app/format/create-format.ts'
import { createRealNumbers } from '../real-numbers.ts'
import type { BrowserTest } from './browser-test.ts'
import { type OpenPage, tableTexts } from './open-page.ts'

const format = createFormat('en-CA')
const numberOf = (text: string | undefined) => Number((text ?? '').replaceAll(',', ''))

/** A share as the page shows it, and the count and the base beside it. */
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

const ofUsageCards = async ({ page }: OpenPage): Promise<Share[]> => {
  const card = (name: string) => page.locator(`[data-metric=${name}] .value`).textContent()
  const [completed, failed, shown] = await Promise.all([
    card('totalScansCompleted'),
    card('totalScansFailed'),
    card('scanSuccessRate'),
  ])
  const count = numberOf(completed?.trim())
  return [{ shown: shown?.trim() ?? '', count, base: count + numberOf(failed?.trim()) }]
}

/**
 * Every percentage that is shown, read out or shown under the pointer, except those that are not a share of a count: changes, the range
 * of a rate, and explanations.
 */
const percentsOn = ({ page }: OpenPage): Promise<string[]> =>
  page.locator('main').evaluate((main) => {
    const percents = (text: string | null) => text?.match(/\d[\d,.]*\s?%/g) ?? []
    const isShare = (element: Element | null) =>
      element?.closest(
        '.range, .change, [popover], details.no-print, .head p, td[data-label="Likely between"]',
      ) === null
    const found: string[] = []
    const walker = document.createTreeWalker(main, NodeFilter.SHOW_TEXT)
    for (let node = walker.nextNode(); node; node = walker.nextNode())
      if (isShare(node.parentElement)) found.push(...percents(node.textContent))
    for (const element of main.querySelectorAll('*')) {
      if (!isShare(element)) continue
      for (const name of ['title', 'aria-label', 'aria-valuetext', 'aria-description', 'alt'])
        found.push(...percents(element.getAttribute(name)))
    }
    return found
  })

export const shareTests = (test: BrowserTest): void => {
  test('No share on any view differs from its count divided by its base', async (open) => {
    const numbers = await createRealNumbers()
    try {
      await using opened = await open({ mountMetrics: numbers.mount })
      const { page, show, go } = opened
      const found: Record<string, Share[]> = {}
      /** A share that no test has computed is not right just because nobody looked. */
      const expectAllChecked = async (where: string, ...checked: string[]) => {
        const known = checked.flatMap((name) => found[name] ?? []).map(({ shown }) => shown)
        expect(new Set(await percentsOn(opened)), `shares on ${where}`).toEqual(new Set(known))
      }
      await show()
      found.funnel = await ofFunnel(opened)
      found.site = await ofSite(opened)
      found.usage = await ofUsageCards(opened)
      await page.getByRole('button', { name: /^Show as table: Which channels/ }).click()
      const mature = 3
      // Those who had the time and came back are behind the rate; here everyone who came back had the time.
      found.ranking = await ofTable(opened, /^Which channels/, [4, 2, (cells) => numberOf(cells[mature])])
      await expectAllChecked('the overview', 'funnel', 'site', 'usage', 'ranking')
      await page.getByRole('button', { name: /^Show as chart: Which channels/ }).click()
      await expectAllChecked('the ranking', 'funnel', 'site', 'usage', 'ranking')
      await go('?view=channels')
      found.channels = await ofTable(opened, /^Where tenants come from/, [
        6,
        4,
        (cells) => numberOf(cells[3]),
      ])
      await expectAllChecked('the channels', 'channels')
      await go('?view=channels&channel=email')
      await page.getByRole('heading', { name: 'Campaigns' }).waitFor()
      found.cohorts = await ofCohorts(opened)
      found.sentence = await ofSentence(opened)
      await expectAllChecked('the channel', 'cohorts', 'sentence')
      await go('?view=tenants')
      found.tenants = await ofTable(opened, /^Tenants/, [
        6,
        4,
        (cells) => numberOf(cells[4]) + numberOf(cells[5]),
      ])
      await expectAllChecked('the tenants', 'tenants')
      await go('?view=tenants&tenant=tenant-1')
      await page.getByRole('heading', { name: 'Use of the product' }).waitFor()
      found.tenant = await ofUsage(opened)
      await expectAllChecked('the tenant', 'tenant')
      // Refused and received events are shown as counts: there is no share that could be wrong.
      await numbers.refuse(40)
      for (const view of ['events', 'events&kind=duplicate', 'events&kind=refused', 'bridge']) {
        await go(`?view=${view}`)
        await expectAllChecked(view)
      }
      await page.getByText(/^40 of \d+ requests of the last 24 hours were refused\.$/).waitFor()
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
