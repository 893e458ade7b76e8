import { afterAll, beforeAll, expect, test } from 'vitest'
import { bridgeState } from '../src/bridge-state.ts'
import { createPool } from '../src/database/create-pool.ts'
import { migrate } from '../src/database/migrate.ts'
import { adminKey, post, startTestServer, type TestServer } from './test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ variables: { LOG_LEVEL: 'debug' } })
})
afterAll(() => server.close())

test('healthz is 200 while the database responds', async () => {
  const response = await server.app.inject('/v1/healthz')
  expect([response.statusCode, response.json()]).toEqual([200, { ok: true }])
})

test('healthz is 503 and a beacon is 500 internal_error, with nothing else, when the database is away', async () => {
  const away = createPool('postgresql://nobody:nothing@127.0.0.1:1/none')
  const lonely = await startTestServer({ database: away })
  const health = await lonely.app.inject('/v1/healthz')
  expect([health.statusCode, health.json()]).toEqual([503, { ok: false, error: 'database_unavailable' }])
  const beacon = await post(lonely.app, '/v1/events', {
    anonId: 'visitor-1',
    eventType: 'page_view',
    path: '/',
  })
  expect([beacon.statusCode, beacon.json()]).toEqual([500, { ok: false, error: 'internal_error' }])
  await lonely.close()
  await away.pool.end()
})

test('a connection string with ?schema= keeps the server in that schema', async () => {
  await server.pool.query('CREATE SCHEMA "other one"')
  const url = `${server.url}?schema=other%20one`
  await migrate(url)
  const database = createPool(url)
  const elsewhere = await startTestServer({ database })
  const person = { email: 'elsewhere@example.com', anonId: 'elsewhere-anon-id' }
  expect((await post(elsewhere.app, '/v1/leads/capture', person)).statusCode).toBe(200)
  const { rows } = await server.pool.query('SELECT email_normalized FROM "other one".leads')
  expect(rows).toEqual([{ email_normalized: 'elsewhere@example.com' }])
  expect(await bridgeState(database)).toMatch(/^Bridge +0 events stored/)
  await elsewhere.close()
  await database.pool.end()
})

test('an unknown route is 404 not_found', async () => {
  const response = await server.app.inject('/v1/nothing')
  expect([response.statusCode, response.json()]).toEqual([404, { ok: false, error: 'not_found' }])
})

test('without ADMIN_API_KEY the admin routes are 503 admin_auth_not_configured', async () => {
  const keyless = await startTestServer({ variables: { ADMIN_API_KEY: '' } })
  const response = await post(
    keyless.app,
    '/v1/leads/delete',
    { email: 'a@example.com' },
    { 'x-admin-key': adminKey },
  )
  expect([response.statusCode, response.json()]).toEqual([
    503,
    { ok: false, error: 'admin_auth_not_configured' },
  ])
  await keyless.close()
})

test('the 121st request of a minute from one address is 429 rate_limited; healthz is not counted', async () => {
  const limited = await startTestServer()
  const ask = (remoteAddress: string) =>
    limited.app.inject({ method: 'POST', url: '/v1/events', payload: {}, remoteAddress })
  for (let count = 1; count <= 120; count += 1) expect((await ask('203.0.113.1')).statusCode).toBe(400)
  const refused = await ask('203.0.113.1')
  expect([refused.statusCode, refused.json()]).toEqual([429, { ok: false, error: 'rate_limited' }])
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
  expect((await ask('203.0.113.2')).statusCode).toBe(400)
  const health = await limited.app.inject({ url: '/v1/healthz', remoteAddress: '203.0.113.1' })
  expect(health.statusCode).toBe(200)
  await limited.close()
})

test('behind two proxies the client is the third address from the right', async () => {
  const proxied = await startTestServer({ variables: { TRUSTED_PROXY_HOPS: '2' } })
  const limits = await Promise.all(
    ['203.0.113.1', '203.0.113.2'].map((client) =>
      proxied.app.inject({
        url: '/v1/nothing-here',
        headers: { 'x-forwarded-for': `1.1.1.1, ${client}, 66.241.0.1` },
      }),
    ),
  )
  expect(limits.map(({ statusCode }) => statusCode)).toEqual([404, 404])
  await proxied.close()
})

test.each([
  ['https://site.example', 'https://site.example'],
  ['https://elsewhere.example', undefined],
])('a preflight from %s is allowed %s', async (origin, allowed) => {
  const response = await server.app.inject({
    method: 'OPTIONS',
    url: '/v1/leads/capture',
    headers: { origin, 'access-control-request-method': 'POST' },
  })
  expect(response.headers['access-control-allow-origin']).toBe(allowed)
})

test('the OpenAPI document names every route', async () => {
  const { openapi, paths } = (await server.app.inject('/docs/json')).json()
  expect(openapi).toBe('3.1.0')
  expect(Object.keys(paths)).toEqual(
    expect.arrayContaining([
      '/v1/healthz',
      '/v1/events',
      '/v1/leads/capture',
      '/v1/leads/unsubscribe',
      '/v1/leads/delete',
      '/v1/metrics/summary',
    ]),
  )
  expect(paths['/v1/events'].post.requestBody.content['application/json'].schema.required).toContain('anonId')
})

test('the page of the routes has a heading for each operation of the document, and for nothing else', async () => {
  const { paths } = (await server.app.inject('/docs/json')).json()
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods as object).map((method) => `${method.toUpperCase()} ${path}`),
  )
  const page = (await server.app.inject('/docs/')).body
  const headings = [...page.matchAll(/<h3><code><span class="method">(\w+)<\/span>([^<]+)<\/code><\/h3>/g)]
  expect(headings.map(([, method, path]) => `${method} ${path}`).sort()).toEqual(operations.sort())
})

test('the log contains no address, no key, no query and no client', async () => {
  const person = { email: 'logged@example.com', anonId: 'logged-anon-id' }
  await post(server.app, '/v1/leads/capture?email=logged@example.com', person)
  await post(server.app, '/v1/leads/delete', person, {
    'x-admin-key': adminKey,
    cookie: 'session=secret-cookie',
  })
  await server.app.inject({ url: '/v1/events', remoteAddress: '203.0.113.99' })
  expect(server.logged()).toContain('/v1/leads/capture')
  for (const secret of ['logged@example.com', adminKey, 'secret-cookie', '203.0.113.99']) {
    expect(server.logged()).not.toContain(secret)
  }
})

test.each(['/', '/docs/', '/docs/json', '/docs/pages.css', '/site/', '/site/site.js', '/v1/dashboard/'])(
  '%s cannot be framed and runs no foreign code',
  async (url) => {
    const { statusCode, headers } = await server.app.inject(url)
    expect(statusCode).toBe(200)
    expect(headers['content-security-policy']).toMatch(
      /^default-src 'none'; script-src 'self';.*frame-ancestors 'none'/,
    )
    expect([headers['x-frame-options'], headers['x-content-type-options']]).toEqual(['DENY', 'nosniff'])
  },
)
