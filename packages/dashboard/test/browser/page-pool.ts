import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'

/** What a page can change; everything else needs a browser profile of its own. */
type PageLook = Pick<BrowserContextOptions, 'viewport' | 'colorScheme' | 'forcedColors'>

/** A page with an empty profile, and an address at which an application responds. */
interface PooledPage {
  page: Page
  origin: string
  /** Nothing listens at the address any more. */
  stopServer(): void
  /** Nobody else gets the page: it cannot be emptied. */
  spoil(): void
  giveBack(): Promise<void>
}

export interface PagePool {
  take(app: FastifyInstance, look?: PageLook, profile?: BrowserContextOptions): Promise<PooledPage>
  close(): Promise<void>
}

type OwnPage = Awaited<ReturnType<typeof createPage>>

/**
 * A test gets the emptied page of an earlier one. With the same process and the same address Chromium keeps what it has
 * compiled: a page costs half of the processor time.
 */
export const createPagePool = (browser: Browser): PagePool => {
  const emptied: OwnPage[] = []
  return {
    async take(app, look = {}, profile = {}) {
      const isUsual = Object.keys(profile).length === 0
      const own = (isUsual ? emptied.pop() : undefined) ?? (await createPage(browser, profile))
      await own.begin(app, look)
      let canBeEmptied = isUsual
      const spoil = () => {
        canBeEmptied = false
      }
      return {
        page: own.page,
        origin: own.origin,
        spoil,
        stopServer() {
          spoil()
          own.stopServer()
        },
        async giveBack() {
          if (!canBeEmptied) return own.close()
          // A page that is still on its way elsewhere may not let itself be led away.
          await own.empty().then(
            () => emptied.push(own),
            () => own.close(),
          )
        },
      }
    },
    async close() {
      await Promise.all(emptied.splice(0).map((own) => own.close()))
    },
  }
}

const headerOfUse = 'x-use-of-this-page'

const createPage = async (browser: Browser, profile: BrowserContextOptions) => {
  let app: FastifyInstance | undefined
  let use = ''
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    // A late request of the test before is none of this one's.
    const isOfThisUse = [use, undefined].includes(request.headers[headerOfUse] as string | undefined)
    if (app && isOfThisUse) app.routing(request, response)
    else response.setHeader('content-type', 'text/html').end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const context = await browser.newContext({ locale: 'en-CA', ...profile })
  context.setDefaultTimeout(60_000)
  const page = await context.newPage()
  const stopServer = () => {
    server.closeAllConnections()
    server.close()
  }
  return {
    page,
    origin,
    stopServer,
    async begin(next: FastifyInstance, { viewport, colorScheme = 'light', forcedColors = 'none' }: PageLook) {
      await page.setViewportSize(viewport ?? { width: 1280, height: 900 })
      await page.emulateMedia({ media: null, reducedMotion: 'reduce', colorScheme, forcedColors })
      use = randomUUID()
      await page.setExtraHTTPHeaders({ [headerOfUse]: use })
      await next.ready()
      app = next
    },
    /** Leaves the page for an empty one of the same origin: another origin would cost another process. */
    async empty() {
      app = undefined
      page.removeAllListeners()
      await page.unrouteAll({ behavior: 'ignoreErrors' })
      await page.goto(origin)
      await page.mouse.move(-1, -1)
      await page.evaluate(() => {
        localStorage.clear()
        sessionStorage.clear()
      })
      await context.clearCookies()
    },
    async close() {
      await context.close()
      stopServer()
    },
  }
}
