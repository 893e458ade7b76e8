import axe from 'axe-core'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import type { BrowserTest } from './browser-test.ts'
import type { OpenPage } from './open-page.ts'

/** Every view of the page. */
export const views = [
  'overview',
  'channels',
  'channels&channel=newsletter',
  'tenants',
  'tenants&tenant=tenant-000-oak',
  'events',
  'events&kind=duplicate',
  'events&kind=refused',
  'bridge',
] as const

const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

export const violations = async (page: Page, runOnly = tags): Promise<string[]> => {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source)
  return page.evaluate(async (runOnly) => {
    const { axe } = window as unknown as { axe: typeof import('axe-core') }
    // Where each of thousands of good elements is, nobody asks.
    const { violations } = await axe.run({ runOnly, resultTypes: ['violations'], selectors: false })
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`))
  }, runOnly)
}

/** The rules that depend on the colours. */
export const colours = ['color-contrast', 'link-in-text-block']

interface Look {
  width: 320 | 1440
  colorScheme: 'light' | 'dark'
}

// Words and colours do not affect each other: the suite checks every view in one or two combinations, and CI in all.
const everyLook: readonly Look[] = [320, 1440].flatMap((width) =>
  (['light', 'dark'] as const).map((colorScheme) => ({ width, colorScheme }) as Look),
)
const looksOf = (language: string): readonly Look[] => {
  if (process.env.MATRICES === 'all') return everyLook
  return everyLook.filter(({ width, colorScheme }) =>
    language === 'fr'
      ? width === 320 && colorScheme === 'light'
      : (width === 1440) === (colorScheme === 'light'),
  )
}

/** In dark only the rules that depend on the colours, where the same page was checked in light. */
const checkView = async ({ page }: OpenPage, name: string, looks: readonly Look[]) => {
  for (const { width, colorScheme } of looks) {
    await page.setViewportSize({ width, height: 900 })
    await page.emulateMedia({ colorScheme })
    const isSeen =
      colorScheme === 'dark' && looks.some((look) => look.width === width && look.colorScheme === 'light')
    const where = `${name}, ${width}, ${colorScheme}`
    expect(await violations(page, isSeen ? colours : tags), where).toEqual([])
    // Only tables scroll sideways.
    if (width === 320)
      expect(await page.evaluate(() => document.documentElement.scrollWidth), where).toBe(320)
  }
}

const checkEveryView = async (opened: OpenPage, language: string) => {
  const { page, show, go } = opened
  await show(`?lang=${language}`)
  for (const view of views) {
    await go(`?view=${view}&lang=${language}`)
    await checkView(opened, view, looksOf(language))
  }
  await go(`?lang=${language}`)
  const unopened = page.locator('button[aria-expanded=false]')
  while ((await unopened.count()) > 0) await unopened.first().click()
  const closed = page.locator('details:not([open]) > summary')
  while ((await closed.count()) > 0) await closed.first().click()
  expect(await violations(page), 'tables').toEqual([])
}

/** What is focused, by its role for the content and by its name for everything else. */
const focused = (page: Page) =>
  page.evaluate(() => {
    const element = document.activeElement
    if (!element || element.matches('main')) return element?.tagName
    const labels = (element as HTMLInputElement).labels ?? []
    return (element.getAttribute('aria-label') ?? labels[0]?.textContent ?? element.textContent).trim()
  })

export const accessibilityTests = (test: BrowserTest): void => {
  for (const language of ['en', 'fr'] as const) {
    test(`axe finds nothing on any view, ${language}, light and dark, at 320 and 1440, and at 320 only tables scroll sideways`, async (open) => {
      await using opened = await open()
      await checkEveryView(opened, language)
    })
  }

  test('axe finds nothing on the sign-in and the error page, light and dark', async (open) => {
    await using opened = await open({ signedIn: false })
    const { page, address } = opened
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      await page.goto(address)
      await page.getByLabel('Admin key').fill('wrong')
      await page.getByLabel('Admin key').press('Enter')
      await page.getByRole('alert').waitFor()
      expect(await violations(page, colorScheme === 'dark' ? colours : tags)).toEqual([])
    }
    await using failing = await open()
    failing.state.status = 500
    await failing.show()
    expect(await violations(failing.page)).toEqual([])
  })

  test('The keyboard alone reaches the content, every control, and the numbers', async (open) => {
    await using opened = await open()
    const { page, show } = opened
    await show()
    // The health of the bridge comes with a separate request.
    await page.getByRole('link', { name: 'Health: Healthy' }).waitFor()
    const walked: (string | undefined)[] = []
    for (let presses = 0; presses < 32; presses += 1) {
      await page.keyboard.press('Tab')
      walked.push(await focused(page))
    }
    expect(walked).toEqual([
      'Skip to the content',
      'Overview',
      'Channels',
      'Tenants',
      'Events',
      'Health: Healthy',
      'Find Ctrl K',
      'Share',
      'Français',
      'Sign out',
      'Range',
      'Channel…',
      'Tenant…',
      'Compare with the days before',
      'Refresh',
      'newsletter',
      '9',
      '13',
      '34 new tenants',
      '15',
      '29',
      'Show as table: Which channels bring tenants that come back',
      'Download CSV: Which channels bring tenants that come back',
      'Download PNG: Which channels bring tenants that come back',
      'newsletter',
      '13 created',
      '9 came back',
      '69.2%',
      '13',
      'Organic search',
      '7 created',
      '3 came back',
    ])
  })

  test('The skip link leads past the navigation, and focus is always visible', async (open) => {
    await using opened = await open()
    const { page, show } = opened
    await show()
    await page.keyboard.press('Tab')
    expect(await page.getByText('Skip to the content').boundingBox()).toMatchObject({ y: 8 })
    await page.keyboard.press('Enter')
    expect(await focused(page)).toBe('MAIN')
    await page.keyboard.press('Tab')
    const outline = await page.evaluate(
      () => getComputedStyle(document.activeElement as Element).outlineStyle,
    )
    expect(outline).toBe('solid')
  })

  test('On paper there are no controls, and on request no motion', async (open) => {
    await using opened = await open()
    const { page, show, state } = opened
    await show()
    await page.emulateMedia({ media: 'print' })
    expect(await page.getByRole('navigation').or(page.getByRole('button')).count()).toBe(0)
    expect(await page.getByRole('heading', { name: 'From visit to active use' }).isVisible()).toBe(true)
    await page.emulateMedia({ media: 'screen', reducedMotion: 'reduce' })
    const { promise, resolve } = Promise.withResolvers<void>()
    state.gate = promise
    await page.getByRole('button', { name: 'Refresh' }).click()
    await page.locator('.progress').waitFor()
    expect(await page.evaluate(() => document.getAnimations().length)).toBe(0)
    resolve()
  })
}
