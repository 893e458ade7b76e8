import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { connect } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { createEmitter } from '@altcontext/webhook-emitter'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasNginx, type Nginx, startNginx } from './start-nginx.ts'
import { adminKey, startTestServer, type TestServer } from './test-server.ts'

const route = 'v1/webhooks/description-service'
const headers = { 'x-admin-key': adminKey, 'content-type': 'application/json' }

describe.skipIf(!hasNginx())('behind nginx (left out: it is not installed)', () => {
  let server: TestServer
  let upstream: Server
  let nginx: Nginx
  /** What happens to the next requests: cut off without a response, left without a response, or served. */
  let fates: ('cut' | 'silence')[] = []
  let requests = 0

  beforeAll(async () => {
    server = await startTestServer({ variables: { WEBHOOK_RATE_LIMIT: '10000' } })
    await server.app.ready()
    upstream = createServer((request, response) => {
      requests += 1
      const fate = fates.shift()
      if (fate === undefined) server.app.routing(request, response)
      else if (fate === 'cut') request.socket.destroy()
    })
    upstream.listen(0, '127.0.0.1')
    await once(upstream, 'listening')
    nginx = await startNginx((upstream.address() as AddressInfo).port)
  })
  afterAll(async () => {
    await nginx?.[Symbol.asyncDispose]()
    upstream?.closeAllConnections()
    upstream?.close()
    await server?.close()
  })

  const event = () => ({
    eventType: 'scan.completed',
    tenantId: randomUUID(),
    occurredAt: new Date().toISOString(),
    payload: { jobId: 'job-1', mediaCount: 20, identitiesDetected: 63, durationMs: 3200 },
  })

  /**
   * Emits `count` events to a location of nginx, and returns how they ended with the number of requests. On a slow machine nginx gives up
   * good responses as well.
   */
  const emit = async (base: string, count: number) => {
    requests = 0
    const quiet = () => {}
    const emitter = createEmitter({
      url: `${base}/${route}`,
      adminKey,
      retry: { delaysMs: Array<number>(50).fill(10) },
      logger: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    })
    for (let n = 0; n < count; n += 1) {
      const { tenantId, payload } = event()
      await emitter.emit('scan.completed', { tenantId, ...payload })
    }
    await emitter.close({ timeoutMs: 60_000 })
    const { delivered, duplicate, dead, pending } = emitter.stats()
    return { delivered: delivered + duplicate, dead, pending, requests }
  }

  test('502 and 504 as HTML are tried again, and the event arrives once', async () => {
    fates = ['cut', 'silence']
    const { requests: passed, ...rest } = await emit(`${nginx.origin}/impatient`, 1)
    expect(rest).toEqual({ delivered: 1, dead: 0, pending: 0 })
    expect(passed).toBeGreaterThanOrEqual(3)
    expect(fates).toEqual([])
  })

  test('a batch that nginx refuses with 413 as HTML is halved until it passes', async () => {
    const { requests: passed, ...rest } = await emit(`${nginx.origin}/small`, 60)
    expect(rest).toMatchObject({ delivered: 60, dead: 0, pending: 0 })
    expect(passed).toBeGreaterThan(3)
  })

  test('a body that comes in chunks is passed on unbuffered, and is one event', async () => {
    const response = await fetch(`${nginx.origin}/unbuffered/${route}`, {
      method: 'POST',
      headers,
      body: Readable.toWeb(Readable.from(JSON.stringify(event()).match(/.{1,40}/g) ?? [])) as ReadableStream,
      duplex: 'half',
    })
    expect([response.status, await response.json()]).toEqual([200, { ok: true, eventId: expect.any(String) }])
  })

  test('an event over HTTP/2 is stored', async () => {
    const session = connect(nginx.secureOrigin, { ca: nginx.ca })
    const request = session.request({ ':method': 'POST', ':path': `/${route}`, ...headers })
    request.end(JSON.stringify(event()))
    const [head] = await once(request, 'response')
    const body = await Readable.from(request).toArray()
    session.close()
    expect([session.alpnProtocol, head[':status'], JSON.parse(Buffer.concat(body).toString()).ok]).toEqual([
      'h2',
      200,
      true,
    ])
  })

  test('an emitter delivers to a server with a certificate of a private authority that Node was told about', async () => {
    const usual = getCACertificates('default')
    setDefaultCACertificates([...usual, nginx.ca])
    try {
      expect(await emit(nginx.secureOrigin, 3)).toMatchObject({ delivered: 3, dead: 0 })
    } finally {
      setDefaultCACertificates(usual)
    }
  })

  test('a prefix that nginx strips stays in the address of the dashboard, and its page and numbers load', async () => {
    const first = await fetch(`${nginx.origin}/site/`)
    const [, link] = /href="([^"]*dashboard[^"]*)"/.exec(await first.text()) ?? []
    const page = await fetch(new URL(link as string, first.url))
    expect([page.status, page.url]).toEqual([200, `${nginx.origin}/site/v1/dashboard/`])
    const assets = [...(await page.text()).matchAll(/(?:src|href)="([^"]+)"/g)].map(
      ([, path]) => new URL(path as string, page.url).href,
    )
    expect(assets.length).toBeGreaterThan(1)
    for (const asset of assets) expect((await fetch(asset)).status, asset).toBe(200)
    const signedIn = await fetch(new URL('api/session', page.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ adminKey }),
    })
    const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] as string
    const report = await fetch(new URL('api/bridge', page.url), { headers: { cookie } })
    expect(report.status).toBe(200)
    // The browser keeps the cookie for the address that it sees, not for the one behind nginx.
    expect(signedIn.headers.get('set-cookie')).not.toMatch(/path=\/v1/i)
  })
})
