import type { ServiceUsageResponse, TenantsResponse } from '@altcontext/webhook-metrics'
import { expect } from 'vitest'
import { createRealNumbers } from '../real-numbers.ts'
import { adminKey } from '../stub/stub-numbers.ts'
import type { BrowserTest } from './browser-test.ts'
import { type OpenPage, type OpenPageOptions, tableTexts } from './open-page.ts'

type RealNumbers = Awaited<ReturnType<typeof createRealNumbers>>

const overRealNumbers = async (
  open: (options?: OpenPageOptions) => Promise<OpenPage>,
  run: (opened: OpenPage, numbers: RealNumbers) => Promise<void>,
) => {
  const numbers = await createRealNumbers()
  try {
    await using opened = await open({ mountMetrics: numbers.mount })
    await run(opened, numbers)
    expect(opened.complaints).toEqual([])
  } finally {
    await numbers.drop()
  }
}

const ask = async <Body>({ app }: OpenPage, path: string): Promise<Body> =>
  (await app.inject({ url: `/v1/metrics/${path}`, headers: { 'x-admin-key': adminKey } })).json() as Body

const days = 'from=2026-10-24&to=2026-11-22'
const tenantIds = async ({ page }: OpenPage) =>
  (
    await page.locator('tbody th a').evaluateAll((links) => links.map((link) => link.textContent.trim()))
  ).sort()

/** Five questions of the people who sell the product, each answered in at most two clicks from the overview. */
export const questionsTests = (test: BrowserTest): void => {
  test('Which channel should get more money? The first sentence says, or that it is too early', async (open) => {
    await overRealNumbers(open, async ({ page, show }) => {
      await show()
      const answer = page.getByRole('region', { name: 'In short' })
      await answer.getByText('There are too few tenants to rank the channels.').waitFor()
    })
  })

  test('Did the newsletter work? One click on its bar: its own sentence, its stages, its weeks', async (open) => {
    await overRealNumbers(open, async (opened) => {
      const { page, show, search } = opened
      await show()
      await page.getByRole('link', { name: 'Email', exact: true }).last().click()
      await page.getByRole('heading', { name: 'Email' }).waitFor()
      await page.getByText(/^It brought 2 tenants on these days\./).waitFor()
      expect(await search()).toBe('?view=channels&channel=email')
      const weeks = await tableTexts(page, 'Tenants of each week, and which of them scan in the weeks since')
      expect(weeks.reduce((sum, [, tenants]) => sum + Number(tenants), 0)).toBe(2)
      await page.getByRole('link', { name: '2', exact: true }).first().click()
      await page.getByText('Only: created on these days, brought by Email').waitFor()
      expect(await tenantIds(opened)).toEqual(['tenant-1', 'tenant-2'])
    })
  })

  test('Who signed up and never scanned? One click in the funnel: the tenants, as many as it says', async (open) => {
    await overRealNumbers(open, async (opened) => {
      const { page, show } = opened
      const { funnel } = await ask<ServiceUsageResponse>(opened, `service-usage?${days}`)
      await show()
      const missing = funnel.tenantsCreated - funnel.tenantsWithFirstScan
      expect(missing).toBeGreaterThan(0)
      await page.getByRole('link', { name: `${missing} did not: without a scan` }).click()
      await page.getByText('Only: without a scan').waitFor()
      const { tenants } = await ask<TenantsResponse>(
        opened,
        `tenants?${days}&notCounted=tenantsWithFirstScan`,
      )
      expect(tenants).toHaveLength(missing)
      expect(await tenantIds(opened)).toEqual(tenants.map(({ tenantId }) => tenantId).sort())
    })
  })

  test('Is the number final? The health view lists what changed a past day, and says when nothing did', async (open) => {
    await overRealNumbers(open, async ({ page, show }, numbers) => {
      await show()
      await page.getByRole('link', { name: /^Health/ }).click()
      await page.getByText(/^No number of a past day was changed/).waitFor()
      await numbers.receive(
        '00000000-0000-4000-8000-000000009100',
        'scan.completed',
        'tenant-1',
        {
          jobId: 'late',
          mediaCount: 5,
          identitiesDetected: 5,
          durationMs: 100,
        },
        { occurredAt: '2026-11-10T10:00:00.000Z' },
      )
      await numbers.rollUp()
      await page.getByRole('button', { name: 'Refresh' }).click()
      await page.getByText(/^1 change of days that were over/).waitFor()
      const [change] = await tableTexts(page, 'Changes of past days')
      expect([change?.[0], change?.[2]]).toEqual(['Nov 10, 2026', 'Events arrived late'])
    })
  })

  test('Is the bridge working? The mark in the header says, and one click says why not and what to do', async (open) => {
    await overRealNumbers(open, async ({ page, show }, numbers) => {
      await show()
      await page.getByRole('link', { name: 'Health: Never verified' }).click()
      await page.getByRole('heading', { name: 'Health of the bridge: Never verified' }).waitFor()
      await page.getByText('Run “webhook-metrics discrepancy” once').waitFor()
      await numbers.verify()
      await page.getByRole('button', { name: 'Refresh' }).click()
      await page.getByRole('heading', { name: 'Health of the bridge: Healthy' }).waitFor()
      await numbers.refuse(50)
      await page.getByRole('button', { name: 'Refresh' }).click()
      await page.getByRole('heading', { name: 'Health of the bridge: Refusing' }).waitFor()
      await page.getByText(/^50 of \d+ requests of the last 24 hours were refused\.$/).waitFor()
      await page.getByRole('link', { name: 'Show the refused requests' }).click()
      await expect
        .poll(() => page.getByText('Compare the signing secrets of the two services').count())
        .toBe(50)
    })
  })

  test('Every number of the funnel leads to the tenants that it counts, and they add up to it', async (open) => {
    await overRealNumbers(open, async (opened) => {
      const { page, show } = opened
      await show()
      const links = page.locator('ol.product .numbers a')
      const count = await links.count()
      expect(count).toBeGreaterThan(5)
      for (let index = 0; index < count; index += 1) {
        await show()
        const shown = Number.parseInt((await links.nth(index).textContent()) ?? '', 10)
        await links.nth(index).click()
        await page.getByText(/^Only: /).waitFor()
        expect(await page.locator('tbody tr').count(), `link ${index}`).toBe(shown)
      }
    })
  })

  test('An event that is received appears on the events view by itself, with its payload, without a reload', async (open) => {
    await overRealNumbers(open, async ({ page, show }, numbers) => {
      await show('?view=events&type=scan.failed')
      await page.getByText('Live', { exact: true }).waitFor()
      numbers.clock.ms += 1000
      await numbers.receive('00000000-0000-4000-8000-000000009200', 'scan.failed', 'a-new-tenant', {
        jobId: 'just-now',
        mediaCount: 7,
      })
      await page.getByRole('link', { name: 'a-new-tenant' }).waitFor()
      const opener = page.locator('tbody tr').first().getByRole('button')
      await opener.press('Enter')
      const drawer = page.getByRole('dialog', { name: 'scan.failed' })
      await drawer.getByText('"jobId": "just-now"').waitFor()
      await drawer.getByText('00000000-0000-4000-8000-000000009200').waitFor()
      await page.keyboard.press('Escape')
      await drawer.waitFor({ state: 'detached' })
      await page.getByLabel('Type').selectOption('cluster.created')
      await page.getByRole('button', { name: 'cluster.created' }).first().waitFor()
      expect(await page.getByRole('button', { name: 'scan.failed' }).count()).toBe(0)
    })
  })

  test('A tenant has a page: the host of its site, its milestones, its events; the page says when one is unknown', async (open) => {
    await overRealNumbers(open, async (opened) => {
      const { page, show } = opened
      await show('?view=tenants')
      await page.getByRole('link', { name: 'tenant-1', exact: true }).click()
      await page.getByRole('heading', { name: 'example.com' }).waitFor()
      await page
        .getByText(/^It came through Email\. It completed its first scan 1h after it was created\.$/)
        .waitFor()
      const steps = await page.getByRole('list', { name: 'Milestones' }).locator('li').allTextContents()
      expect(steps).toHaveLength(6)
      // The visits of the lead were not copied here.
      expect(steps.filter((step) => step.includes('Not known'))).toHaveLength(1)
      await page.getByRole('button', { name: 'tenant.created' }).click()
      await page.getByRole('dialog').getByText('"siteUrl": "https://example.com"').waitFor()
      await page.keyboard.press('Escape')
      await page.goto(`${opened.address}?view=tenants&tenant=nobody`)
      await page.getByText('Nothing was ever received from a tenant nobody.').waitFor()
      expect(await page.locator('main dd').count()).toBe(0)
    })
  })
}
