import { findChromium, launchChromium } from '@altcontext/test-browser'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { accessibilityTests } from './browser/accessibility-tests.ts'
import { actTests } from './browser/act-tests.ts'
import { addressTests } from './browser/address-tests.ts'
import type { BrowserTest } from './browser/browser-test.ts'
import { chartTests } from './browser/chart-tests.ts'
import { healthTests } from './browser/health-tests.ts'
import { largeTests } from './browser/large-tests.ts'
import { layoutTests } from './browser/layout-tests.ts'
import { linkTests } from './browser/link-tests.ts'
import { liveTests } from './browser/live-tests.ts'
import { openPage } from './browser/open-page.ts'
import { overviewNumberTests } from './browser/overview-number-tests.ts'
import { createPagePool, type PagePool } from './browser/page-pool.ts'
import { paperTests } from './browser/paper-tests.ts'
import { questionsTests } from './browser/questions-tests.ts'
import { realNumbersTests } from './browser/real-numbers-tests.ts'
import { shareTests } from './browser/share-tests.ts'
import { signInTests } from './browser/sign-in-tests.ts'
import { stateTests } from './browser/state-tests.ts'
import { viewTests } from './browser/view-tests.ts'

const executablePath = findChromium()

describe.skipIf(!executablePath)('In a real Chromium', () => {
  let browser: Browser
  let pages: PagePool
  let registered = 0

  beforeAll(async () => {
    browser = await launchChromium(executablePath ?? '')
    pages = createPagePool(browser)
  })
  afterAll(async () => {
    await pages?.close()
    await browser?.close()
  })

  const browserTest: BrowserTest = (title, run) => {
    registered += 1
    test(title, () => run((options) => openPage(pages, options)))
  }
  for (const register of [
    signInTests,
    realNumbersTests,
    questionsTests,
    overviewNumberTests,
    viewTests,
    healthTests,
    chartTests,
    addressTests,
    stateTests,
    actTests,
    liveTests,
    linkTests,
    shareTests,
    layoutTests,
    largeTests,
    paperTests,
    accessibilityTests,
  ]) {
    register(browserTest)
  }
  if (!executablePath) {
    process.stdout.write(
      `No Chromium was found: ${registered} browser tests of the dashboard are left out. ` +
        'Install chromium, or set CHROMIUM_PATH.\n',
    )
  }
})
