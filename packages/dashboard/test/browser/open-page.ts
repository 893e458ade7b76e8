import type { FastifyInstance } from 'fastify'
import type { BrowserContextOptions, Page } from 'playwright-core'
import type { DashboardOptions } from '../../src/index.ts'
import { createDashboard, type TestDashboard } from '../start-dashboard.ts'
import { adminKey } from '../stub/stub-numbers.ts'
import type { PagePool } from './page-pool.ts'

export interface OpenPage extends Omit<TestDashboard, 'listen'> {
  page: Page
  /** Ends with a slash. */
  address: string
  /** What the browser complained about: errors, and violations of the content security policy. */
  complaints: string[]
  /** Origins to which the page sent a request. */
  origins: Set<string>
  /** Opens a query such as `?view=bridge` and waits until its numbers are there. */
  show(query?: string): Promise<void>
  /** The same without loading the page again, as a click on a link does it. */
  go(query: string): Promise<void>
  /** The query of the address as the page has it now: `page.url()` has it later. */
  search(): Promise<string>
  /** From the next page on, time stands still except for what the test lets pass: no timer comes in between. */
  stopClock(): Promise<void>
  /** From now on nothing listens at the address. */
  stopServer(): void
  [Symbol.asyncDispose](): Promise<void>
}

export interface OpenPageOptions extends BrowserContextOptions {
  dashboard?: Partial<DashboardOptions>
  /** Opens with a session. @default true */
  signedIn?: boolean
  /** In place of the made-up metrics routes. */
  mountMetrics?: (app: FastifyInstance) => unknown
}

/** An application of its own and an empty page. */
export const openPage = async (pages: PagePool, options: OpenPageOptions = {}): Promise<OpenPage> => {
  const {
    dashboard: dashboardOptions,
    signedIn = true,
    mountMetrics,
    viewport,
    colorScheme,
    forcedColors,
    ...profile
  } = options
  const dashboard = await createDashboard(dashboardOptions, undefined, mountMetrics)
  const pooled = await pages.take(dashboard.app, { viewport, colorScheme, forcedColors }, profile)
  const { page, origin } = pooled
  const address = `${origin}/dashboard/`
  if (signedIn) {
    const [name = '', value = ''] = (await dashboard.signIn()).split('=')
    await page
      .context()
      .addCookies([
        { name, value, domain: '127.0.0.1', path: '/dashboard/api', httpOnly: true, sameSite: 'Strict' },
      ])
  }
  const complaints: string[] = []
  const origins = new Set<string>()
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    // Some tests are about a refused or failed request; then the page says so.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      complaints.push(message.text())
  })
  page.on('request', (request) => origins.add(new URL(request.url()).origin))
  return {
    ...dashboard,
    page,
    address,
    complaints,
    origins,
    async show(query = '') {
      await page.goto(`${address}${query}`)
      await page.locator('main .responses[aria-busy=false], main section[role=alert]').first().waitFor()
    },
    async go(query) {
      await page.evaluate((search) => {
        history.pushState(null, '', search)
        dispatchEvent(new PopStateEvent('popstate'))
      }, query)
      await page.locator('main .responses[aria-busy=false], main section[role=alert]').first().waitFor()
    },
    search: () => page.evaluate(() => location.search),
    stopServer: pooled.stopServer,
    async stopClock() {
      // No page of the profile gets its own clock back.
      pooled.spoil()
      const time = dashboard.clock.ms
      await page.clock.install({ time })
      // It runs until it is stopped, and cannot be stopped in its past.
      await page.clock.pauseAt(time + 3_600_000)
    },
    async [Symbol.asyncDispose]() {
      await pooled.giveBack()
      await dashboard.app.close()
    },
  }
}

/** Types the key and waits for the numbers. */
export const signInByHand = async (page: Page, key = adminKey): Promise<void> => {
  await page.getByLabel('Admin key').fill(key)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

/** The cells of a table as text, row by row, without what only screen readers get. */
export const tableTexts = (page: Page, name: string | RegExp): Promise<string[][]> =>
  page.getByRole('table', { name }).evaluate((table) =>
    [...table.querySelectorAll('tbody tr')].map((row) =>
      [...row.querySelectorAll('th, td')].map((cell) => {
        const copy = cell.cloneNode(true) as Element
        for (const hidden of copy.querySelectorAll('.sr-only')) hidden.remove()
        return copy.textContent.replaceAll(/\s+/g, ' ').trim()
      }),
    ),
  )
