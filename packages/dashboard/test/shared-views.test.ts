import { expect, test } from 'vitest'
import { createDashboard, type TestDashboard } from './start-dashboard.ts'
import { adminKey } from './stub/stub-numbers.ts'
import { stubMetrics } from './stub-metrics.ts'

const api = '/dashboard/api'
const view = '?view=channels&range=7d'
const dayMs = 86_400_000

const share = async ({ app }: TestDashboard, cookie: string, payload: unknown = { view, days: 7 }) =>
  app.inject({ method: 'POST', url: `${api}/shared-views`, headers: { cookie }, payload: payload as object })

const open = (app: TestDashboard['app'], token: unknown) =>
  app.inject({ method: 'POST', url: `${api}/shared-session`, payload: { token } })

/** The cookie of somebody who has opened a link and never had a key. */
const visitorOf = async (dashboard: TestDashboard, options?: { days: number }) => {
  const shared = await share(dashboard, await dashboard.signIn(), { view, days: 7, ...options })
  const { token } = shared.json()
  const opened = await open(dashboard.app, token)
  return { token, opened, cookie: String(opened.headers['set-cookie']).split(';', 1)[0] ?? '' }
}

const statusOf = async (dashboard: TestDashboard, cookie: string, path = '/service-usage') =>
  (await dashboard.app.inject({ url: `${api}${path}`, headers: { cookie } })).statusCode

test('a link shows its view and every number to anybody who has it, until it expires', async () => {
  const dashboard = await createDashboard()
  const { opened, cookie, token } = await visitorOf(dashboard)
  expect(opened.json()).toEqual({
    ok: true,
    signedIn: false,
    signInWith: 'admin-key',
    expiresAt: '2026-11-29T14:03:12.000Z',
    sharedView: view,
    canShare: false,
    today: '2026-11-22',
  })
  expect(opened.headers['set-cookie']).toMatch(
    /^altcontext-dashboard-shared=[\w.-]+; Max-Age=604800; HttpOnly; SameSite=Strict$/,
  )
  expect(token).not.toContain(adminKey)
  for (const path of [
    '/service-usage',
    '/channels',
    '/cohorts',
    '/tenants',
    '/events',
    '/restatements',
    '/bridge',
    '/tenants.csv',
  ]) {
    expect(await statusOf(dashboard, cookie, path), path).toBe(200)
  }
  dashboard.clock.ms += 7 * dayMs - 1
  expect(await statusOf(dashboard, cookie)).toBe(200)
  dashboard.clock.ms += 1
  expect(await statusOf(dashboard, cookie)).toBe(401)
  expect((await open(dashboard.app, token)).statusCode).toBe(401)
})

test('a link opens nothing but the numbers: it makes no links, signs nobody in, and is no session and no key', async () => {
  const dashboard = await createDashboard()
  const { app } = dashboard
  const reached: string[] = []
  for (const path of ['/v1/leads/delete', '/v1/metrics/summary'])
    app.all(path, async ({ url }) => reached.push(url))
  const { cookie, token } = await visitorOf(dashboard)
  expect((await share(dashboard, cookie)).statusCode).toBe(401)
  // In the place of the session's cookie, and the session's in its place.
  expect(await statusOf(dashboard, `altcontext-dashboard=${token}`)).toBe(401)
  const session = (await dashboard.signIn()).replace('altcontext-dashboard=', '')
  expect(await statusOf(dashboard, `altcontext-dashboard-shared=${session}`)).toBe(401)
  expect((await open(app, session)).statusCode).toBe(401)
  const asKey = await app.inject({ method: 'POST', url: `${api}/session`, payload: { adminKey: token } })
  expect(asKey.statusCode).toBe(401)
  for (const headers of [{ cookie }, { 'x-admin-key': token }]) {
    // The host's own routes ask for a key; the stand-in of the metrics routes does so too.
    expect((await app.inject({ url: '/v1/metrics/service-usage', headers })).statusCode).toBe(401)
  }
  for (const [method, path] of [
    ['POST', '/notes'],
    ['POST', '/saved-views'],
    ['DELETE', '/notes/1'],
    ['DELETE', '/saved-views/1'],
  ] as const) {
    const payload = { day: '2026-11-20', text: 'x' }
    const request = {
      method,
      url: `${api}${path}`,
      headers: { cookie },
      ...(method === 'POST' && { payload }),
    }
    expect((await app.inject(request)).statusCode, `${method} ${path}`).toBe(403)
  }
  for (const [method, path] of [
    ['POST', '/service-usage'],
    ['DELETE', '/tenants/one'],
    ['PUT', '/events'],
  ] as const) {
    const { statusCode } = await app.inject({ method, url: `${api}${path}`, headers: { cookie } })
    expect(statusCode, `${method} ${path}`).toBe(404)
  }
  for (const path of [
    '/tenants/../../leads/delete',
    '/tenants/%2e%2e%2f%2e%2e%2fleads%2fdelete',
    '/summary',
  ]) {
    expect(await statusOf(dashboard, cookie, path), path).toBe(404)
  }
  expect(reached).toEqual([])
  expect((await app.inject({ url: `${api}/session`, headers: { cookie } })).json()).toMatchObject({
    signedIn: false,
    canShare: false,
  })
})

test('an office behind one address opens a link as often as it likes; only refused ones are counted', async () => {
  const dashboard = await createDashboard({ signInsPerMinute: 1 })
  const { token } = await visitorOf(dashboard)
  for (let colleague = 0; colleague < 40; colleague += 1)
    expect((await open(dashboard.app, token)).statusCode).toBe(200)
  const refused = []
  for (let attempt = 0; attempt < 31; attempt += 1) refused.push(await open(dashboard.app, `${token}x`))
  expect(refused.slice(0, 30).map(({ statusCode }) => statusCode)).toEqual(Array(30).fill(401))
  expect(refused[30]?.statusCode).toBe(429)
  expect(Number(refused[30]?.headers['retry-after'])).toBeGreaterThan(0)
  expect((await open(dashboard.app, token)).statusCode).toBe(200)
})

test('a token with any part changed is refused', async () => {
  const dashboard = await createDashboard()
  const { token } = await visitorOf(dashboard)
  const [prefix, content, expiry, signature] = String(token).split('.') as [string, string, string, string]
  const flip = (text: string) => text.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'))
  const other = Buffer.from('?view=tenants').toString('base64url')
  for (const forged of [
    `${prefix}.${content}.${Number(expiry) + 1}.${signature}`,
    `${prefix}.${other}.${expiry}.${signature}`,
    `${prefix}.${content}.${expiry}.${flip(signature)}`,
    `${prefix}.${content}.${expiry}.`,
    `${prefix}.${content}.${expiry}`,
    `${flip(prefix)}.${content}.${expiry}.${signature}`,
    `${token}x`,
    '',
    ' ',
    undefined,
    null,
    ['x'],
    { token },
    token.repeat(3),
  ]) {
    expect((await open(dashboard.app, forged)).statusCode, JSON.stringify(forged)).toBe(401)
    expect(await statusOf(dashboard, `altcontext-dashboard-shared=${forged}`)).toBe(401)
  }
  expect((await open(dashboard.app, token)).statusCode).toBe(200)
})

test('a link ends with the key of the person who made it, and with the secret', async () => {
  const other = 'another-admin-key-for-the-tests-of-links'
  const before = await createDashboard({ adminKeys: [adminKey, other] })
  const { token } = await visitorOf(before)
  const openedBy = async (options: Parameters<typeof createDashboard>[0]) =>
    (await open((await createDashboard(options)).app, token)).statusCode
  expect(await openedBy({ adminKeys: [other, adminKey] })).toBe(200)
  expect(await openedBy({ adminKeys: [other] })).toBe(401)
  expect(await openedBy({ adminKeys: [] })).toBe(401)
  expect(await openedBy({ adminKeys: [adminKey], cookieSecret: 'a new secret of thirty-two letters' })).toBe(
    401,
  )
})

test('anything but a view and a number of days is refused; so is everybody without a session', async () => {
  const dashboard = await createDashboard()
  const cookie = await dashboard.signIn()
  for (const payload of [
    { view: 'https://evil.example/', days: 7 },
    { view: '//evil.example', days: 7 },
    { view: '?view=a b', days: 7 },
    { view: '?view="><script>', days: 7 },
    { view: `?${'a'.repeat(2000)}`, days: 7 },
    { view, days: 0 },
    { view, days: 31 },
    { view, days: 1.5 },
    { view, days: '7' },
    { days: 7 },
    {},
    [],
  ]) {
    expect((await share(dashboard, cookie, payload)).statusCode, JSON.stringify(payload)).toBe(400)
  }
  expect((await share(dashboard, '')).statusCode).toBe(401)
  expect((await share(dashboard, cookie, { view: '', days: 30 })).statusCode).toBe(200)
  const crossSite = await dashboard.app.inject({
    method: 'POST',
    url: `${api}/shared-views`,
    headers: { cookie, 'sec-fetch-site': 'cross-site' },
    payload: { view, days: 7 },
  })
  expect(crossSite.statusCode).toBe(403)
})

test('where there is no key, or the host decides who may look, there are no links', async () => {
  const keyless = await createDashboard({ adminKeys: [] })
  expect((await share(keyless, '')).statusCode).toBe(401)
  const hosted = await createDashboard({ authorize: () => true }, undefined, stubMetrics)
  expect((await hosted.app.inject(`${api}/session`)).json()).toMatchObject({
    signedIn: true,
    canShare: false,
  })
  expect((await share(hosted, '')).statusCode).toBe(404)
  expect((await open(hosted.app, 'x')).statusCode).toBe(404)
})

test('signing out ends what was opened in this browser', async () => {
  const dashboard = await createDashboard()
  const { cookie } = await visitorOf(dashboard)
  const response = await dashboard.app.inject({
    method: 'DELETE',
    url: `${api}/session`,
    headers: { cookie },
  })
  expect(response.headers['set-cookie']).toEqual([
    expect.stringMatching(/^altcontext-dashboard=; Max-Age=0/),
    expect.stringMatching(/^altcontext-dashboard-shared=; Max-Age=0/),
  ])
})
