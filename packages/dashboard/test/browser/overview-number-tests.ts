import type {
  ChannelsResponse,
  ServiceUsageResponse,
  TenantRow,
  TenantsResponse,
  Usage,
} from '@altcontext/webhook-metrics'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { createFormat } from '../../src/app/format/create-format.ts'
import { createRealNumbers } from '../real-numbers.ts'
import { adminKey } from '../stub/stub-numbers.ts'
import type { BrowserTest } from './browser-test.ts'
import { type OpenPage, tableTexts } from './open-page.ts'

const format = createFormat('en-CA')
const sumOf = (rows: readonly TenantRow[], name: keyof TenantRow) =>
  rows.reduce((sum, row) => sum + Number(row[name] ?? 0), 0)

/** The sum of the rows behind a number of the usage, as the page writes it. */
const usageOf: Record<keyof Usage, (rows: readonly TenantRow[]) => string> = {
  totalScansCompleted: (rows) => format.count(sumOf(rows, 'scansCompleted')),
  totalScansFailed: (rows) => format.count(sumOf(rows, 'scansFailed')),
  scanSuccessRate: (rows) =>
    format.percent(
      sumOf(rows, 'scansCompleted') / (sumOf(rows, 'scansCompleted') + sumOf(rows, 'scansFailed')),
    ),
  totalMediaProcessed: (rows) => format.count(sumOf(rows, 'mediaProcessed')),
  totalIdentitiesDetected: (rows) => format.count(sumOf(rows, 'identitiesDetected')),
  identitiesPerScan: (rows) =>
    format.decimal(sumOf(rows, 'identitiesDetected') / sumOf(rows, 'scansCompleted')),
  // Every scan of these rows says how long it took.
  avgScanDurationMs: (rows) =>
    format.duration(
      rows.reduce((sum, row) => sum + (row.avgScanDurationMs ?? 0) * (row.scansCompleted ?? 0), 0) /
        sumOf(rows, 'scansCompleted'),
    ),
  totalClustersCreated: (rows) => format.count(sumOf(rows, 'clustersCreated')),
  suggestionResolutionRate: (rows) =>
    format.percent(sumOf(rows, 'suggestionsResolved') / sumOf(rows, 'suggestionsGenerated')),
}

const medianOf = (rows: readonly TenantRow[]) => {
  const times = rows.map((row) => row.timeToFirstScanMs ?? Number.NaN).sort((left, right) => left - right)
  const middle = (times.length - 1) / 2
  return ((times[Math.floor(middle)] ?? Number.NaN) + (times[Math.ceil(middle)] ?? Number.NaN)) / 2
}

interface NumberLink {
  text: string
  href: string
  metric: keyof Usage | undefined
  isMedian: boolean
  isChange: boolean
}

/** Every link of the page whose text has a figure, the ones behind "More numbers" too. */
const numberLinks = (page: Page): Promise<NumberLink[]> =>
  page.locator('main .responses a').evaluateAll((links) =>
    links
      .map((link) => ({
        text: link.textContent.trim(),
        href: link.getAttribute('href') ?? '',
        metric: link.closest('[data-metric]')?.getAttribute('data-metric') as keyof Usage | undefined,
        isMedian: link.getAttribute('href')?.includes('timeToFirstScanMs') ?? false,
        isChange: link.closest('.change') !== null,
      }))
      .filter(({ text, href }) => /\d/.test(text) && href.startsWith('?')),
  )

/** Figures without a link, with their surroundings: no share of two linked numbers, no axis and no day. */
const looseFigures = (page: Page): Promise<string[]> =>
  page.locator('main .responses').evaluate((main) => {
    const explained = [
      // A link; a picture, whose table has links; a share, a range or a change of linked numbers; words about the days.
      'a',
      'svg',
      '.share',
      '.range',
      '.gap',
      '.change',
      '[popover]',
      'details dl dd',
      'header p, .head p',
    ].join()
    const walker = document.createTreeWalker(main, NodeFilter.SHOW_TEXT)
    const loose: string[] = []
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const text = node.textContent ?? ''
      if (/\d/.test(text) && !node.parentElement?.closest(explained)) loose.push(text.trim())
    }
    return loose
  })

const routeBehind = (href: string): string => {
  if (href.includes('view=tenants')) return 'tenants'
  return href.includes('view=channels') ? 'channels' : 'service-usage'
}

/** What the route behind a link responds when `leave` leads there. */
const follow = async ({ page }: OpenPage, href: string, leave: () => Promise<unknown>): Promise<unknown> => {
  // By the request: the response to an earlier one may only now be told.
  const [request] = await Promise.all([
    page.waitForRequest((request) => new URL(request.url()).pathname.endsWith(`/api/${routeBehind(href)}`)),
    leave(),
  ])
  return (await request.response())?.json()
}

const expectBehind = async (
  opened: OpenPage,
  link: NumberLink,
  current: ServiceUsageResponse,
  leave: () => Promise<unknown>,
) => {
  const behind = await follow(opened, link.href, leave)
  const said = `${link.text} → ${link.href}`
  const number = Number.parseInt(link.text.replaceAll(',', ''), 10)
  if (link.isChange && link.metric) {
    const { usage: before } = behind as ServiceUsageResponse
    const { from, to } = current.compared ?? { from: '', to: '' }
    const { usage: now } = (
      await opened.app.inject({
        url: `/v1/metrics/service-usage?from=${from}&to=${to}`,
        headers: { 'x-admin-key': adminKey },
      })
    ).json() as ServiceUsageResponse
    const change = (now[link.metric].value ?? Number.NaN) / (before[link.metric].value ?? Number.NaN) - 1
    expect(link.text, said).toContain(format.percent(Math.abs(change)))
  } else if (link.href.includes('by=day')) {
    const { marketingDays, totals } = behind as ChannelsResponse
    expect(marketingDays, said).toHaveLength(number)
    for (const name of ['visitors', 'leads'] as const)
      expect(
        marketingDays.reduce((sum, day) => sum + day[name], 0),
        said,
      ).toBe(totals[name])
    const table = /^Visitors and leads, day by day/
    await opened.page.getByRole('table', { name: table }).waitFor()
    expect((await tableTexts(opened.page, table)).map((row) => row.slice(1))).toEqual(
      marketingDays.map(({ visitors, leads }) => [format.count(visitors), format.count(leads)]),
    )
  } else if (link.href.includes('view=channels')) {
    const { totals } = behind as ChannelsResponse
    expect([totals.visitors, totals.leads], said).toContain(number)
  } else {
    const { tenants, page } = behind as TenantsResponse
    expect(tenants, said).toHaveLength(page.total)
    if (link.metric) expect(usageOf[link.metric](tenants), said).toBe(link.text)
    else if (link.isMedian) expect(format.duration(medianOf(tenants)), said).toBe(link.text)
    else if (link.text.endsWith('%')) {
      // The share of a channel: those who came back, of those who have had the time.
      const base = new URLSearchParams(link.href)
      base.set('counted', 'tenantsMature')
      const { page: mature } = (await opened.page.evaluate(
        async (query) => (await fetch(`api/tenants?${query}`)).json(),
        `from=${current.window.from}&to=${current.window.to}&counted=tenantsMature&channel=${base.get('channel')}`,
      )) as TenantsResponse
      expect(format.percent(page.total / mature.total), said).toBe(link.text)
    } else expect(page.total, said).toBe(number)
  }
}

export const overviewNumberTests = (test: BrowserTest): void => {
  for (const query of ['', '?range=7d']) {
    test(`Every number of the overview leads to the rows behind it, and they add up to it (${query || 'by default'})`, async (open) => {
      const numbers = await createRealNumbers()
      try {
        await using opened = await open({ mountMetrics: numbers.mount })
        const { page, show, complaints } = opened
        await show(query)
        const current = (await page.evaluate(
          async (address) => (await fetch(address)).json(),
          `api/service-usage?${query ? 'from=2026-11-16&to=2026-11-22' : 'from=2026-10-24&to=2026-11-22'}&compareTo=true`,
        )) as ServiceUsageResponse
        const links = await numberLinks(page)
        expect(links.length).toBeGreaterThan(20)
        if (query) expect(links.some(({ isChange }) => isChange)).toBe(true)
        const { tenantsCreated } = current.funnelChanges ?? { tenantsCreated: { value: 0, previous: 0 } }
        const explained = [
          // The difference of two numbers that are linked, where there is one.
          format.count(Math.abs((tenantsCreated.value ?? 0) - (tenantsCreated.previous ?? 0))),
        ]
        const days = /^(between .* and .*|on .*|\d+ days)$/
        expect(
          (await looseFigures(page)).filter((text) => !days.test(text) && !explained.includes(text)),
        ).toEqual([])
        const distinct = [...new Map(links.map((link) => [link.href + link.text, link])).values()]
        // One link to each route is clicked. The page draws nothing of the overview again for the others.
        const clicked = new Map(distinct.toReversed().map((link) => [routeBehind(link.href), link]))
        for (const link of clicked.values()) {
          const element = page.locator(`main .responses a[href="${link.href}"]`).first()
          await expectBehind(opened, link, current, () =>
            element.evaluate((anchor) => (anchor as HTMLElement).click()),
          )
          await page.goBack()
          await element.waitFor({ state: 'attached' })
        }
        for (const link of distinct) {
          if (clicked.get(routeBehind(link.href)) === link) continue
          await expectBehind(opened, link, current, () => opened.go(link.href))
        }
        expect(complaints).toEqual([])
      } finally {
        await numbers.drop()
      }
    })
  }
}
