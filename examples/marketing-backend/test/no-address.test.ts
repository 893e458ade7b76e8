import { dumpDatabase } from '@altcontext/test-database'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { adminKey, post, startTestServer, type TestServer } from './test-server.ts'

let server: TestServer
// No more than ten lines a minute are logged for one kind of refusal: here every request must have its own line.
let nowMs = Date.now()
beforeAll(async () => {
  server = await startTestServer({ variables: { LOG_LEVEL: 'trace' }, now: () => new Date(nowMs) })
})
afterAll(() => server.close())

const address = 'canary.ada@private-mail.example'
const hidden = /canary\.ada|private-mail/i

const places = {
  path: `/welcome/${address}/x`,
  referrer: `https://other.example/u/${encodeURIComponent(address)}`,
  utm: { source: address, medium: `to ${address}`, campaign: address.replace('@', ' @ '), term: address },
}

test('a lead that is deleted leaves no copy of its address in any table', async () => {
  const capture = {
    ...places,
    email: address,
    anonId: 'canary-anon-id',
    formName: address,
    sourceChannel: address,
  }
  expect((await post(server.app, '/v1/leads/capture', capture)).statusCode).toBe(200)
  const beacon = { ...places, anonId: 'canary-anon-id', eventType: `view ${address}` }
  expect((await post(server.app, '/v1/events', beacon)).statusCode).toBe(200)
  expect(await dumpDatabase(server.pool)).toMatch(hidden)
  const remove = { email: address }
  expect((await post(server.app, '/v1/leads/delete', remove, { 'x-admin-key': adminKey })).statusCode).toBe(
    200,
  )
  await server.rejections.flush()
  expect(await dumpDatabase(server.pool)).not.toMatch(hidden)
})

test('an anonymous id or a property that holds an address is refused', async () => {
  for (const wrong of [{ anonId: address }, { traffic: { propertyId: address } }]) {
    const beacon = { anonId: 'another-anon-id', eventType: 'page_view', path: '/', ...wrong }
    expect((await post(server.app, '/v1/events', beacon)).statusCode).toBe(400)
  }
})

test('at the level "trace", no route logs an address: in path, query, header, body, or in requests that it refuses', async () => {
  const routes = server.app.printRoutes({ commonPrefix: false, includeHooks: false }).match(/\/[\w/.*:-]*/g)
  const urls = [
    ...new Set(['/v1/events', '/v1/leads/capture', '/v1/leads/delete', '/nowhere', ...(routes ?? [])]),
  ]
  expect(urls.length).toBeGreaterThan(15)
  const linesOf = () => server.logged().match(/request completed/g)?.length ?? 0
  const linesBefore = linesOf()
  let requests = 0
  for (const url of urls) {
    for (const method of ['GET', 'POST'] as const) {
      for (const path of [url, `${url.replace(/\/$/, '')}/${address}`]) {
        const response = await server.app.inject({
          method,
          url: `${path}?email=${address}`,
          headers: {
            'x-admin-key': requests % 2 === 0 ? adminKey : address,
            referer: `https://other.example/${address}`,
            'user-agent': address,
            cookie: `session=${address}`,
            'webhook-id': address,
            traceparent: address,
            ...(method === 'POST' && {
              'content-type': requests % 3 === 0 ? `text/${address}` : 'application/json',
            }),
          },
          ...(method === 'POST' && {
            payload:
              requests % 3 === 1
                ? `{"email":"${address}",`
                : JSON.stringify({ email: address, payload: address }),
          }),
        })
        expect(response.statusCode).toBeLessThan(500)
        requests += 1
        nowMs += 120_000
      }
    }
  }
  await server.rejections.flush()
  expect(linesOf() - linesBefore).toBe(requests)
  expect(server.logged().match(hidden)).toBeNull()
})

test('webhooks that name an address, one and a batch of them, accepted and refused, leave it in no table and no log line', async () => {
  const path = '/v1/webhooks/description-service'
  const created = {
    eventType: 'tenant.created',
    tenantId: 'tenant-of-ada',
    occurredAt: new Date(nowMs).toISOString(),
    payload: { siteUrl: `https://site.example/${address}?to=${address}#${address}`, email: address },
  }
  const failed = {
    eventType: 'scan.failed',
    tenantId: 'tenant-of-ada',
    occurredAt: new Date(nowMs + 1).toISOString(),
    payload: { jobId: 'job-1', mediaCount: 1, errorMessage: `no response from ${address}` },
  }
  const refused = { ...failed, tenantId: address }
  const send = (url: string, body: object) => post(server.app, url, body, { 'x-admin-key': adminKey })
  expect((await send(path, created)).statusCode).toBe(200)
  expect((await send(path, refused)).statusCode).toBe(400)
  const batch = await send(`${path}/batch`, { events: [created, failed, refused, { email: address }] })
  expect(batch.json().results.map(({ status }: { status: string }) => status)).toEqual([
    'duplicate',
    'stored',
    'invalid',
    'invalid',
  ])
  expect(`${await dumpDatabase(server.pool)}${server.logged()}${batch.body}`).not.toMatch(hidden)
})
