import rateLimit from '@fastify/rate-limit'
import fastify from 'fastify'
import { expect, test } from 'vitest'
import { DashboardError, isDashboardError, webhookDashboard } from '../src/index.ts'
import { createDashboard } from './start-dashboard.ts'
import { adminKey } from './stub/stub-numbers.ts'
import { stubMetrics } from './stub-metrics.ts'

const session = '/dashboard/api/session'
const usage = '/dashboard/api/service-usage'

test('The page is served at the prefix with a slash; without one the browser is sent there by a relative address', async () => {
  const { app } = await createDashboard()
  const page = await app.inject('/dashboard/')
  expect(page.statusCode).toBe(200)
  expect(page.headers['content-type']).toBe('text/html; charset=utf-8')
  expect(page.headers['cache-control']).toBe('no-cache')
  const bare = await app.inject('/dashboard?view=bridge')
  expect([bare.statusCode, bare.headers.location]).toEqual([302, './dashboard/?view=bridge'])
})

test('Every address in the page is relative, and its files are compressed and kept for a year', async () => {
  const { app } = await createDashboard()
  const { body } = await app.inject('/dashboard/')
  const addresses = [...body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => String(address))
  // Icon, script and style sheet, and what the script shares with the views that come later.
  expect(addresses.length).toBeGreaterThanOrEqual(3)
  for (const address of addresses) {
    expect(address).toMatch(/^\.\/assets\//)
    const file = await app.inject({
      url: `/dashboard/${address}`,
      headers: { 'accept-encoding': 'br, gzip' },
    })
    expect(file.statusCode).toBe(200)
    expect(file.headers['content-encoding']).toBe('br')
    expect(file.headers['cache-control']).toBe('public, max-age=31536000, immutable')
    expect(file.headers['x-content-type-options']).toBe('nosniff')
  }
})

test('A client that accepts no compressed copy gets the file, and one that accepts both gets the better copy', async () => {
  const { app } = await createDashboard()
  const { body } = await app.inject('/dashboard/')
  const url = `/dashboard/${/src="\.\/([^"]+\.js)"/.exec(body)?.[1]}`
  const encodingOf = async (accepted: string | undefined) => {
    const headers = accepted === undefined ? {} : { 'accept-encoding': accepted }
    const response = await app.inject({ url, headers })
    expect([response.statusCode, response.headers.vary]).toEqual([200, 'accept-encoding'])
    expect(response.headers['content-type']).toBe('text/javascript; charset=utf-8')
    return response.headers['content-encoding']
  }
  expect(await encodingOf(undefined)).toBeUndefined()
  expect(await encodingOf('identity')).toBeUndefined()
  expect(await encodingOf('gzip, br;q=0')).toBe('gzip')
  expect(await encodingOf('gzip, deflate, br, zstd')).toBe('br')
  expect((await app.inject({ method: 'HEAD', url })).statusCode).toBe(200)
  for (const other of [
    'assets/nothing.js',
    'assets/../index.html',
    'assets/',
    `${url.split('/').at(-1)}.br`,
  ]) {
    expect((await app.inject(`/dashboard/${other}`)).statusCode, other).toBe(404)
  }
})

test('Everything is sent with a policy that allows no inline script or style, no frame and no other origin', async () => {
  const { app } = await createDashboard()
  for (const url of ['/dashboard/', session, usage, '/dashboard/nowhere']) {
    const { headers } = await app.inject(url)
    const policy = String(headers['content-security-policy'])
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toMatch(/unsafe|https?:|\*|data:/)
    expect(headers['x-frame-options']).toBe('DENY')
    expect(headers['x-content-type-options']).toBe('nosniff')
    expect(headers['referrer-policy']).toBe('no-referrer')
  }
})

test('Without a session the numbers are refused, and the metrics routes get no request', async () => {
  const { app, state } = await createDashboard()
  for (const report of ['service-usage', 'channels', 'tenants', 'bridge', 'tenants.csv']) {
    const response = await app.inject(`/dashboard/api/${report}`)
    expect([response.statusCode, response.json()]).toEqual([401, { ok: false, error: 'unauthorized' }])
  }
  expect(state.requests).toEqual([])
})

test('The right key opens a session in a cookie that scripts and other sites cannot use', async () => {
  const { app } = await createDashboard()
  const response = await app.inject({ method: 'POST', url: session, payload: { adminKey } })
  expect(response.json()).toEqual({
    ok: true,
    signedIn: true,
    signInWith: 'admin-key',
    expiresAt: '2026-11-23T02:03:12.000Z',
    sharedView: null,
    canShare: true,
    today: '2026-11-22',
  })
  expect(response.headers['set-cookie']).toMatch(
    /^altcontext-dashboard=[\w.-]+; Max-Age=43200; HttpOnly; SameSite=Strict$/,
  )
  expect(response.headers['set-cookie']).not.toContain(adminKey)
  expect(response.headers['cache-control']).toBe('no-store')
})

test('The cookie is Secure when the browser speaks https, also where a proxy ends it', async () => {
  const { app } = await createDashboard()
  const headers = { origin: 'https://stats.example.com' }
  const response = await app.inject({ method: 'POST', url: session, headers, payload: { adminKey } })
  expect(response.headers['set-cookie']).toContain('; Secure')
})

test('A wrong key, no key and a key that is not text are refused alike', async () => {
  const { app } = await createDashboard({ signInsPerMinute: 100 })
  for (const payload of [
    { adminKey: `${adminKey}x` },
    { adminKey: '' },
    {},
    [],
    { adminKey: [adminKey] },
    null,
  ]) {
    const response = await app.inject({
      method: 'POST',
      url: session,
      headers: { 'content-type': 'application/json' },
      payload: JSON.stringify(payload),
    })
    expect([response.statusCode, response.json()]).toEqual([401, { ok: false, error: 'unauthorized' }])
    expect(response.headers['set-cookie']).toBeUndefined()
  }
  const form = await app.inject({
    method: 'POST',
    url: session,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: `adminKey=${adminKey}`,
  })
  expect(form.statusCode).toBe(415)
})

test('The eleventh attempt in a minute from one address is refused, even with the right key; another address is not', async () => {
  const { app } = await createDashboard()
  const signIn = (key: string, remoteAddress = '10.0.0.1') =>
    app.inject({ method: 'POST', url: session, payload: { adminKey: key }, remoteAddress })
  for (let tries = 0; tries < 10; tries += 1) expect((await signIn('wrong')).statusCode).toBe(401)
  const response = await signIn(adminKey)
  expect([response.statusCode, response.json()]).toEqual([429, { ok: false, error: 'rate_limited' }])
  expect(Number(response.headers['retry-after'])).toBeGreaterThan(0)
  expect((await signIn(adminKey, '10.0.0.2')).statusCode).toBe(200)
})

test("A host's own generous rate limit does not loosen the one of the sign-in", async () => {
  const { app } = await createDashboard({ signInsPerMinute: 2 }, async (host) => {
    await host.register(rateLimit, { max: 1000, allowList: ['127.0.0.1'] })
  })
  const statuses = []
  for (let tries = 0; tries < 3; tries += 1) {
    statuses.push((await app.inject({ method: 'POST', url: session, payload: {} })).statusCode)
  }
  expect(statuses).toEqual([401, 401, 429])
})

test('With a session the response of the metrics route passes unchanged, and so does the query', async () => {
  const { app, signIn, state } = await createDashboard()
  const cookie = await signIn()
  const query = '?from=2026-11-01&to=2026-11-22&compareTo=true'
  const response = await app.inject({ url: `${usage}${query}`, headers: { cookie } })
  const direct = await app.inject({
    url: `/v1/metrics/service-usage${query}`,
    headers: { 'x-admin-key': adminKey },
  })
  expect(response.statusCode).toBe(200)
  expect(response.body).toBe(direct.body)
  expect(response.headers['cache-control']).toBe('no-store')
  expect(state.requests).toEqual([`/v1/metrics/service-usage${query}`, `/v1/metrics/service-usage${query}`])
})

test('A CSV is offered as a file', async () => {
  const { app, signIn } = await createDashboard()
  const response = await app.inject({
    url: '/dashboard/api/tenants.csv?search=tenant-002',
    headers: { cookie: await signIn() },
  })
  expect(response.headers['content-type']).toBe('text/csv; charset=utf-8')
  expect(response.headers['content-disposition']).toBe('attachment; filename="tenants.csv"')
  expect(response.body).toBe('tenantId,scansCompleted\r\n"tenant-002-elm",116')
})

test('After its time a session is over', async () => {
  const { app, signIn, clock } = await createDashboard({ sessionMs: 60_000 })
  const cookie = await signIn()
  clock.ms += 59_999
  expect((await app.inject({ url: usage, headers: { cookie } })).statusCode).toBe(200)
  clock.ms += 1
  expect((await app.inject({ url: usage, headers: { cookie } })).statusCode).toBe(401)
  expect((await app.inject({ url: session, headers: { cookie } })).json()).toMatchObject({
    signedIn: false,
    expiresAt: null,
  })
})

test('Signing out removes the cookie, and a copy of it no longer opens anything', async () => {
  const { app, signIn } = await createDashboard()
  const cookie = await signIn()
  const response = await app.inject({ method: 'DELETE', url: session, headers: { cookie } })
  expect(response.headers['set-cookie']).toMatch(/^altcontext-dashboard=; Max-Age=0; /)
  expect((await app.inject({ url: usage, headers: { cookie } })).statusCode).toBe(401)
})

test('A session survives a restart and works in another process, and ends when its admin key is removed', async () => {
  const first = await createDashboard()
  const cookie = await first.signIn()
  const restarted = await createDashboard()
  expect((await restarted.app.inject({ url: usage, headers: { cookie } })).statusCode).toBe(200)
  const rotated = await createDashboard({
    adminKeys: ['another-key-of-24-characters', 'and-one-more-key-of-24-chars'],
  })
  expect((await rotated.app.inject({ url: usage, headers: { cookie } })).statusCode).toBe(401)
})

test('A request that another site has made is refused, cookie or not', async () => {
  const { app, signIn } = await createDashboard()
  const cookie = await signIn()
  for (const site of ['cross-site', 'same-site']) {
    const response = await app.inject({ url: usage, headers: { cookie, 'sec-fetch-site': site } })
    expect([response.statusCode, response.json()]).toEqual([403, { ok: false, error: 'forbidden' }])
  }
  const own = await app.inject({ url: usage, headers: { cookie, 'sec-fetch-site': 'same-origin' } })
  expect(own.statusCode).toBe(200)
})

test('Without an admin key the sign-in says that none is configured', async () => {
  const { app } = await createDashboard({ adminKeys: [] })
  const response = await app.inject({ method: 'POST', url: session, payload: { adminKey: '' } })
  expect([response.statusCode, response.json()]).toEqual([
    503,
    { ok: false, error: 'admin_auth_not_configured' },
  ])
})

test('A host with users of its own decides by authorize; there is no sign-in then', async () => {
  const { app } = await createDashboard({
    authorize: async (request) => request.headers['x-user'] === 'ann',
  })
  const headers = { 'x-user': 'ann' }
  expect((await app.inject({ url: usage, headers })).statusCode).toBe(200)
  expect((await app.inject({ url: usage, headers: { 'x-user': 'bob' } })).statusCode).toBe(401)
  expect((await app.inject({ url: session, headers })).json()).toMatchObject({
    signedIn: true,
    signInWith: 'host',
    expiresAt: null,
  })
  expect((await app.inject({ method: 'POST', url: session, payload: { adminKey } })).statusCode).toBe(404)
})

test('Only true lets somebody in: an authorize that returns something else does not', async () => {
  const { app } = await createDashboard({ authorize: (() => 'yes') as unknown as () => boolean })
  expect((await app.inject(usage)).statusCode).toBe(401)
})

test("A metrics route that refuses the plugin's key, is missing or fails is named, and does not end the session", async () => {
  const refused = await createDashboard({ adminKeys: ['not-the-key-of-the-metrics-routes'] })
  const cookie = await refused.signIn('not-the-key-of-the-metrics-routes')
  const response = await refused.app.inject({ url: '/dashboard/api/tenants.csv', headers: { cookie } })
  expect([response.statusCode, response.json()]).toEqual([502, { ok: false, error: 'metrics_unauthorized' }])
  expect(response.headers['content-disposition']).toBeUndefined()

  const missing = await createDashboard({ metricsPath: '/elsewhere' })
  const absent = await missing.app.inject({ url: usage, headers: { cookie: await missing.signIn() } })
  expect([absent.statusCode, absent.json()]).toEqual([502, { ok: false, error: 'metrics_not_mounted' }])

  const broken = await createDashboard()
  broken.state.status = 500
  const failed = await broken.app.inject({ url: usage, headers: { cookie: await broken.signIn() } })
  expect([failed.statusCode, failed.json()]).toEqual([500, { ok: false, error: 'internal_error' }])
})

test('A catch-all registered after it gets what is outside the prefix and nothing inside', async () => {
  const { app, signIn } = await createDashboard()
  app.all('/*', () => 'catch-all')
  expect((await app.inject('/anything')).body).toBe('catch-all')
  expect((await app.inject('/dashboards')).body).toBe('catch-all')
  const inside = await app.inject('/dashboard/nowhere')
  expect([inside.statusCode, inside.json()]).toEqual([404, { ok: false, error: 'not_found' }])
  expect((await app.inject({ url: usage, headers: { cookie: await signIn() } })).statusCode).toBe(200)
})

test('Two prefixes on one server have sessions of their own when their secrets differ', async () => {
  const app = fastify()
  stubMetrics(app, { status: 200, requests: [] })
  const secrets = {
    '/one': 'the first secret of 32 characters',
    '/a/two': 'the second secret of 32 characters',
  }
  for (const [prefix, cookieSecret] of Object.entries(secrets)) {
    await app.register(webhookDashboard, { prefix, adminKeys: [adminKey], cookieSecret })
  }
  expect((await app.inject('/a/two')).headers.location).toBe('./two/')
  const signedIn = await app.inject({ method: 'POST', url: '/one/api/session', payload: { adminKey } })
  const cookie = String(signedIn.headers['set-cookie']).split(';', 1)[0] ?? ''
  expect((await app.inject({ url: '/one/api/bridge', headers: { cookie } })).statusCode).toBe(200)
  expect((await app.inject({ url: '/a/two/api/bridge', headers: { cookie } })).statusCode).toBe(401)
})

test('It mounts at the root, and on servers that ignore trailing slashes', async () => {
  const root = fastify()
  await root.register(webhookDashboard, { adminKeys: [adminKey] })
  expect((await root.inject('/')).headers['content-type']).toBe('text/html; charset=utf-8')
  const lenient = fastify({ routerOptions: { ignoreTrailingSlash: true } })
  await lenient.register(webhookDashboard, { prefix: '/dashboard', adminKeys: [adminKey] })
  expect((await lenient.inject('/dashboard')).headers.location).toBe('./dashboard/')
  expect((await lenient.inject('/dashboard/')).statusCode).toBe(200)
})

test('One error names every bad option and no secret', async () => {
  const options = {
    adminKeys: ['too-short'],
    metricsPath: 'v1/metrics/',
    cookieSecret: 'too-short-secret',
    sessionMs: 10,
    signInsPerMinute: 0,
    authorize: true as unknown as () => boolean,
  }
  const error = await fastify()
    .register(webhookDashboard, options)
    .then(
      () => undefined,
      (reason: unknown) => reason,
    )
  expect(error).toBeInstanceOf(DashboardError)
  expect(isDashboardError(error) && [error.code, error.message]).toEqual([
    'invalid_options',
    'Failed to register the dashboard: adminKeys[0] has 9 characters, expected at least 24; ' +
      'metricsPath must start with a slash, like /v1/metrics, and not end with one; authorize is true, expected a function; ' +
      'cookieSecret must have at least 32 characters; sessionMs is 10, expected a whole number from 60000 to 2592000000; ' +
      'signInsPerMinute is 0, expected a whole number from 1 to 1000.',
  ])
})

test('Options given as undefined leave the defaults as strict as they are', async () => {
  const { app } = await createDashboard({
    authorize: undefined,
    cookieSecret: undefined,
    sessionMs: undefined,
    signInsPerMinute: undefined,
    metricsPath: undefined,
  })
  expect((await app.inject(usage)).statusCode).toBe(401)
  const response = await app.inject({ method: 'POST', url: session, payload: { adminKey } })
  expect(response.headers['set-cookie']).toContain('Max-Age=43200')
  expect(response.headers['x-ratelimit-limit']).toBe('10')
})
