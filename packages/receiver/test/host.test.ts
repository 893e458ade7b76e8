import { webhookReceiver } from '@altcontext/webhook-receiver'
import { fromPg } from '@altcontext/webhook-store'
import formbody from '@fastify/formbody'
import rateLimit from '@fastify/rate-limit'
import fastify from 'fastify'
import { describe, expect, test } from 'vitest'
import { adminKey, jsonHeaders, path, scanCompleted, useReceiver } from './receiver-app.ts'

const receiver = useReceiver()
const otherKey = 'the-other-admin-key-0123456789'

/** A server with habits of its own, and a little nastier. */
const startHost = () =>
  receiver.start({ path: '/hooks' }, async (app) => {
    await app.register(formbody)
    await app.register(rateLimit, { max: 120, timeWindow: '1 minute' })
    app.removeContentTypeParser('application/json')
    app.addContentTypeParser(
      'application/json',
      { parseAs: 'string', bodyLimit: 64 },
      (_request, body, done) => done(null, { parsedByHost: body }),
    )
    app.setErrorHandler((_error, _request, reply) => reply.code(418).send({ host: 'error' }))
    app.setNotFoundHandler((_request, reply) => reply.code(404).send({ ok: false, error: 'not_found' }))
    app.post('/echo', async (request) => request.body)
    app.get('/fails', async () => {
      throw new Error('host')
    })
    app.addHook('onRequest', async (request) => {
      if (request.headers['x-break'] !== undefined) throw new Error('a hook of the host')
    })
  })

describe('in a host with parsers, handlers and a rate limit of its own', () => {
  test("reads bodies beyond the limit of the host's JSON parser, and leaves that parser as it is", async () => {
    const { app, post } = await startHost()
    expect((await post(scanCompleted(), { url: '/hooks' })).json()).toMatchObject({ ok: true })
    const echoed = await app.inject({ method: 'POST', url: '/echo', payload: { a: 1 } })
    expect(echoed.json()).toEqual({ parsedByHost: '{"a":1}' })
    const tooLarge = await app.inject({ method: 'POST', url: '/echo', payload: { a: 'x'.repeat(100) } })
    expect(tooLarge.json()).toEqual({ host: 'error' })
    const form = await app.inject({
      method: 'POST',
      url: '/echo',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: 'a=1',
    })
    expect(form.json()).toEqual({ a: '1' })
  })

  test("responds to its own errors itself, and leaves the host's error and not-found handlers as they are", async () => {
    const { app, post } = await startHost()
    expect((await post('{', { url: '/hooks' })).json()).toMatchObject({ error: 'invalid_request' })
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    expect((await post('a=1', { url: '/hooks', headers: form })).statusCode).toBe(415)
    expect((await app.inject('/fails')).json()).toEqual({ host: 'error' })
    expect((await app.inject('/hooks/unknown')).json()).toEqual({ ok: false, error: 'not_found' })
  })

  test('leaves what a hook of the host throws to the host', async () => {
    const { post } = await startHost()
    const response = await post(scanCompleted(), { url: '/hooks', headers: { 'x-break': '1' } })
    expect([response.statusCode, response.json()]).toEqual([418, { host: 'error' }])
  })

  test("is limited to 300 a minute and not to the host's 120, which still applies to the host's routes", async () => {
    const { app, post } = await startHost()
    const posts = Array.from({ length: 300 }, () => post(scanCompleted(), { url: '/hooks' }))
    expect(new Set((await Promise.all(posts)).map(({ statusCode }) => statusCode))).toEqual(new Set([200]))
    expect((await post(scanCompleted(), { url: '/hooks' })).statusCode).toBe(429)
    const echo = await app.inject({ method: 'POST', url: '/echo', payload: {} })
    expect(echo.headers['x-ratelimit-remaining']).toBe('119')
  })
})

describe('several receivers in one server', () => {
  const startTwo = () =>
    receiver.start({ path: '/one' }, (app) => {
      app.register(webhookReceiver, {
        database: fromPg(receiver.pool),
        adminKeys: [otherKey, 'a-second-key-for-the-rotation'],
        path: '/two',
        rateLimit: { max: 1 },
        prefix: '/v2',
      })
    })

  test('each accepts its own key on its own path, even under a prefix', async () => {
    const { post } = await startTwo()
    const statusOf = async (url: string, key: string) =>
      (await post(scanCompleted(), { url, headers: { 'x-admin-key': key } })).statusCode
    expect(await statusOf('/one', adminKey)).toBe(200)
    expect(await statusOf('/v2/two', adminKey)).toBe(401)
    expect(await statusOf('/v2/two', otherKey)).toBe(200)
    expect(await statusOf('/one', otherKey)).toBe(401)
    expect(await statusOf('/two', otherKey)).toBe(404)
  })

  test('each has its own rate limit', async () => {
    const { post } = await startTwo()
    const second = { url: '/v2/two/batch', headers: { 'x-admin-key': 'a-second-key-for-the-rotation' } }
    expect((await post({ events: [scanCompleted()] }, second)).statusCode).toBe(200)
    expect((await post({ events: [scanCompleted()] }, second)).statusCode).toBe(429)
    expect((await post(scanCompleted(), { url: '/one' })).statusCode).toBe(200)
  })
})

test('needs no other plugin in the server', async () => {
  const app = fastify()
  app.register(webhookReceiver, { database: fromPg(receiver.pool), adminKeys: adminKey })
  const response = await app.inject({
    method: 'POST',
    url: path,
    headers: jsonHeaders,
    payload: scanCompleted(),
  })
  expect(response.statusCode).toBe(200)
  await app.close()
})
