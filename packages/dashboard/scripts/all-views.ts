/**
 * Takes a small picture of every view, light and dark, English and French, over the made-up numbers of the tests, into `docs/views`:
 * `npm run screenshots -- --all`. Somebody looks at them before anybody says that the page is done.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { createDashboard } from '../test/start-dashboard.ts'
import { healthyProducers } from '../test/stub-producers.ts'

const views: Readonly<Record<string, string>> = {
  overview: '?',
  channels: '?view=channels',
  channel: '?view=channels&channel=newsletter',
  tenants: '?view=tenants',
  tenant: '?view=tenants&tenant=tenant-000-oak',
  events: '?view=events',
  duplicates: '?view=events&kind=duplicate',
  refused: '?view=events&kind=refused',
  health: '?view=bridge',
}
const directory = join(import.meta.dirname, '..', 'docs', 'views')

export const takeAllViews = async (browser: Browser): Promise<void> => {
  await mkdir(directory, { recursive: true })
  const dashboard = await createDashboard()
  dashboard.state.bridge = (response) => ({ ...response, producers: healthyProducers })
  const address = await dashboard.listen()
  const [name = '', value = ''] = (await dashboard.signIn()).split('=')
  const context = await browser.newContext({
    reducedMotion: 'reduce',
    viewport: { width: 1280, height: 1000 },
  })
  await context.addCookies([{ name, value, domain: '127.0.0.1', path: '/dashboard/api' }])
  const page = await context.newPage()
  const protocol = await context.newCDPSession(page)
  for (const [view, query] of Object.entries(views)) {
    for (const language of ['en', 'fr']) {
      await page.goto(`${address}${query}&lang=${language}`)
      await page.locator('main .responses[aria-busy=false]').waitFor()
      await page.locator('.live[role=status]:not(.on)').waitFor({ state: 'detached' })
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme })
        const { cssContentSize } = await protocol.send('Page.getLayoutMetrics')
        const height = Math.min(cssContentSize.height, 1600)
        // At half size, as WebP: one is a few kB.
        const { data } = await protocol.send('Page.captureScreenshot', {
          format: 'webp',
          quality: 30,
          captureBeyondViewport: true,
          clip: { x: 0, y: 0, width: 1280, height, scale: 0.5 },
        })
        await writeFile(
          join(directory, `${view}-${language}-${colorScheme}.webp`),
          Buffer.from(data, 'base64'),
        )
      }
    }
  }
  await context.close()
  await dashboard.app.close()
}
