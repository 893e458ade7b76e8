/**
 * Takes the README's pictures of the example server with its sample data, the state in which `npm start` leaves
 * it: `npm run screenshots`; with `--all` also those of every view. Requires Chromium.
 */
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { findChromium, launchChromium } from '@altcontext/test-browser'
import type { BrowserContextOptions } from 'playwright-core'
import buildApp from '../test/build-app.ts'
import { takeAllViews } from './all-views.ts'

interface Picture {
  name: string
  query: string
  options?: BrowserContextOptions
  /** The whole page instead of what a window shows. */
  fullPage?: boolean
}

const pictures: Picture[] = [
  { name: 'overview', query: '', options: { viewport: { width: 1280, height: 1120 } } },
  {
    name: 'channels',
    query: '?view=channels&range=90d',
    options: { viewport: { width: 1280, height: 640 } },
  },
  {
    name: 'bridge-dark',
    query: '?view=bridge',
    options: { colorScheme: 'dark', viewport: { width: 1280, height: 960 } },
  },
  {
    name: 'overview-narrow-fr',
    query: '',
    options: { locale: 'fr-CA', viewport: { width: 390, height: 844 } },
  },
]

const repository = join(import.meta.dirname, '..', '..', '..')
const pictureDirectory = join(import.meta.dirname, '..', 'docs')
const adminKey = 'a-key-for-the-screenshots-of-the-readme'

/** Runs the example server until `use` is done with its address. */
const withExampleServer = async (use: (origin: string) => Promise<void>): Promise<void> => {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'dashboard-screenshots-'))
  const main = join(repository, 'examples', 'marketing-backend', 'src', 'main.ts')
  const server = spawn(process.execPath, ['--conditions=@altcontext/source', main], {
    env: { ...process.env, ADMIN_API_KEY: adminKey, DATA_DIR: dataDirectory, PORT: '0', SAMPLE: 'on' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise((resolve) => server.once('exit', resolve))
  try {
    for await (const line of createInterface({ input: server.stdout })) {
      const address = /^Dashboard\s+(http\S+)/.exec(line)?.[1]
      if (!address) continue
      await use(address)
      break
    }
  } finally {
    server.kill()
    await ended
    await rm(dataDirectory, { recursive: true, force: true })
  }
}

const takePictures = async (address: string, executablePath: string): Promise<void> => {
  const browser = await launchChromium(executablePath)
  for (const { name, query, options, fullPage = false } of pictures) {
    const context = await browser.newContext({ locale: 'en-CA', reducedMotion: 'reduce', ...options })
    const page = await context.newPage()
    await page.goto(`${address}${query}`)
    await page.locator('#admin-key').fill(adminKey)
    await page.keyboard.press('Enter')
    await page.locator('.responses[aria-busy=false]').waitFor()
    await page.screenshot({ path: join(pictureDirectory, `${name}.png`), fullPage })
    await context.close()
    process.stdout.write(`${name}.png\n`)
  }
  await browser.close()
}

const executablePath = findChromium()
if (!executablePath)
  throw new Error('Failed to take pictures: there is no Chromium. Install it or set CHROMIUM_PATH.')
await buildApp()
if (process.argv.includes('--all')) {
  const browser = await launchChromium(executablePath)
  await takeAllViews(browser)
  await browser.close()
}
await withExampleServer((address) => takePictures(address, executablePath))
