import { findChromium, launchChromium } from '@altcontext/test-browser'
import axe from 'axe-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type TestServer } from './test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server?.close())

test('the first page has links to dashboard, routes and site in three sentences, in the language of the browser', async () => {
  const pageFor = async (language: string) =>
    (await server.app.inject({ url: '/', headers: { 'accept-language': language } })).body
  for (const [asked, language] of [
    ['fr-CA,fr;q=0.9,en;q=0.8', 'fr'],
    ['de, en;q=0.8', 'en'],
    ['', 'en'],
  ] as const) {
    const page = await pageFor(asked)
    expect(page).toContain(`<html lang="${language}">`)
    const sentences = [...page.matchAll(/<p>(.*?)<\/p>/g)].map(([, sentence]) => sentence)
    expect(sentences).toHaveLength(3)
    const links = [...page.matchAll(/<a href="([^"]+)"/g)].map(([, href]) => String(href))
    expect(links).toEqual(['./v1/dashboard/', './docs/', './site/'])
    for (const link of links) expect((await server.app.inject(link.slice(1))).statusCode).toBe(200)
  }
  const bare = await server.app.inject('/docs')
  expect([bare.statusCode, bare.headers.location]).toEqual([302, './docs/'])
})

const executablePath = findChromium()

test.skipIf(!executablePath)(
  'axe finds no problem on the first page and on the page of the routes, light and dark, at 320 px and 1440',
  async () => {
    const origin = await server.app.listen({ port: 0, host: '127.0.0.1' })
    await using browser = await launchChromium(executablePath ?? '')
    const page = await browser.newPage()
    const complaints: string[] = []
    page.on('console', (message) => complaints.push(message.text()))
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      for (const path of ['/', '/docs/']) {
        for (const width of [320, 1440]) {
          await page.setViewportSize({ width, height: 800 })
          await page.goto(`${origin}${path}`)
          await page.evaluate(
            'for (const details of document.querySelectorAll("details")) details.open = true',
          )
          expect(await page.evaluate('document.documentElement.scrollWidth'), path).toBe(width)
          await page.evaluate(axe.source)
          const { violations } = await page.evaluate<axe.AxeResults>('axe.run()')
          const found = violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))
          expect(found, `${path} ${colorScheme} ${width}`).toEqual([])
        }
      }
    }
    expect(complaints).toEqual([])
  },
)
