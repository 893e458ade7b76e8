import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { findChromium, launchChromium } from '@altcontext/test-browser'
import type { Browser } from 'playwright-core'
import type { Benchmark } from '../measuring/benchmark.ts'
import { compare } from '../measuring/compare.ts'
import type { Figures } from '../measuring/samples.ts'
import { startProcess } from '../processes/bench-process.ts'
import type { ServerReady } from '../processes/serve.ts'
import { startBenchDatabase } from '../setup/bench-database.ts'
import { fillUsage } from '../setup/fill-usage.ts'

const buildApp = fileURLToPath(new URL('../../../packages/dashboard/scripts/build-app.ts', import.meta.url))

/** How long somebody sees a page without numbers. */
export const firstView: Benchmark = {
  name: 'first-view',
  measures:
    'from the first byte to the numbers on the dashboard, against a page of bare JSON; needs Chromium',
  run: async () => {
    const executablePath = findChromium()
    if (executablePath === undefined) {
      process.stderr.write(
        '  first-view is left out: there is no Chromium. Install it or set CHROMIUM_PATH.\n',
      )
      return []
    }
    execFileSync(process.execPath, [buildApp])
    await using stack = new AsyncDisposableStack()
    const database = stack.use(await startBenchDatabase())
    const databaseUrl = await database.createDatabase('usage')
    await fillUsage(databaseUrl, { tenants: 1000, months: 3, oneDayIn: 7 })
    const { ready } = stack.use(await startProcess<ServerReady>('servers/dashboard-server', { databaseUrl }))
    const browser = stack.adopt(await launchChromium(executablePath), (launched) => launched.close())
    return await compare({
      title: 'First view, each time in a browser profile of its own',
      competitors: [
        {
          name: 'dashboard',
          run: () => view(browser, `${ready.url}/dashboard/`, 'main .responses[aria-busy=false]'),
        },
        { name: 'bare page', run: () => view(browser, `${ready.url}/bare`, 'main pre[aria-busy=false]') },
      ],
      targets: [
        {
          name: 'first view / bare page',
          figure: 'first view ms',
          of: 'dashboard',
          against: 'bare page',
          atMost: 4,
        },
      ],
      rounds: 7,
    })
  },
}

const view = async (browser: Browser, url: string, numbers: string): Promise<Figures> => {
  const context = await browser.newContext()
  try {
    const page = await context.newPage()
    await page.goto(url)
    await page.locator(numbers).waitFor()
    // A string, because it runs in the browser, whose types differ from Node's.
    const firstViewMs = await page.evaluate<number>(
      'performance.now() - performance.getEntriesByType("navigation")[0].responseStart',
    )
    return { 'first view ms': firstViewMs }
  } finally {
    await context.close()
  }
}
