import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRelay, type Relay, resolveRelayOptions } from '@altcontext/webhook-relay'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { startRelayProcess } from './start-relay-process.ts'

const token = 'a-token-of-the-producers'
let folder: string
let relay: Relay | undefined
let env: Record<string, string>
const start = async (more: Record<string, string> = {}): Promise<Relay> => {
  relay = await createRelay(resolveRelayOptions({ port: '0', logLevel: 'silent' }, { ...env, ...more }))
  return relay
}
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'webhook-relay-'))
  env = {
    // Nobody listens there: nothing here is about delivery.
    WEBHOOK_URL: 'http://127.0.0.1:9/hooks',
    ADMIN_API_KEY: 'relay-test-key-of-32-characters!',
    RELAY_OUTBOX: join(folder, 'outbox.db'),
    RELAY_SHUTDOWN_TIMEOUT: '100ms',
  }
})
afterEach(async () => {
  await relay?.close()
  relay = undefined
  rmSync(folder, { recursive: true })
})

const event = JSON.stringify({
  eventType: 'scan.completed',
  tenantId: 'tenant-1',
  occurredAt: '2026-02-13T12:00:00Z',
  payload: { jobId: 'job-1', mediaCount: 1, identitiesDetected: 2, durationMs: 3 },
})
const send = async (
  url: string,
  {
    path = '/events',
    body = event as string | Buffer,
    headers = {},
  }: {
    path?: string
    body?: string | Buffer
    headers?: Record<string, string>
  },
) => {
  const method = path === '/events' ? 'POST' : 'GET'
  const sent = request(new URL(path, url), {
    method,
    headers: { ...(method === 'POST' && { 'content-type': 'application/json' }), ...headers },
  })
  sent.end(method === 'POST' ? body : undefined)
  const [response] = await once(sent, 'response')
  let text = ''
  for await (const chunk of response) text += chunk
  return { status: response.statusCode as number, headers: response.headers, text }
}
const accepted = async (url: string, headers: Record<string, string> = {}): Promise<number> =>
  JSON.parse((await send(url, { path: '/stats', headers })).text).counts.accepted

describe('a page in a browser', () => {
  test.each([
    ['under a name that was made to point here', { host: 'evil.example' }],
    ['under such a name with the right port', { host: 'evil.example:4600' }],
    ['of another origin', { origin: 'https://evil.example' }],
    ['of an origin that is hidden', { origin: 'null' }],
    ['of another site', { 'sec-fetch-site': 'cross-site' }],
    ['of the same site', { 'sec-fetch-site': 'same-site' }],
  ])('%s gets 403, and nothing of it is taken', async (_, headers) => {
    const { url } = await start()
    expect(await send(url, { headers })).toMatchObject({
      status: 403,
      text: '{"ok":false,"error":"forbidden"}',
    })
    expect((await send(url, { path: '/stats', headers })).status).toBe(403)
    expect(await accepted(url)).toBe(0)
    expect((await send(url, {})).status).toBe(202)
  })

  test('is refused for its origin even with a token; the host name then does not matter', async () => {
    const { url } = await start({ RELAY_TOKEN: token })
    const authorization = `Bearer ${token}`
    const named = { authorization, host: 'relay.svc.cluster.local' }
    expect((await send(url, { headers: { ...named, origin: 'https://evil.example' } })).status).toBe(403)
    expect((await send(url, { headers: named })).status).toBe(202)
  })
})

describe('a relay with a token', () => {
  test('shows neither ledger nor metrics without the token, and its health to everybody', async () => {
    const { url } = await start({ RELAY_TOKEN: token })
    for (const path of ['/stats', '/metrics']) {
      expect((await send(url, { path })).status, path).toBe(401)
      expect((await send(url, { path, headers: { authorization: `Bearer ${token}` } })).status, path).toBe(
        200,
      )
    }
    expect((await send(url, { path: '/healthz' })).status).toBe(200)
  })

  test('responds to 10 of 300 wrong tokens with 401 and to the rest with 429, and never locks out the right one', async () => {
    const { url } = await start({ RELAY_TOKEN: token })
    const statuses: number[] = []
    const startMs = performance.now()
    for (let attempt = 0; attempt < 300; attempt += 1) {
      const { status, headers } = await send(url, { headers: { authorization: `Bearer wrong-${attempt}` } })
      statuses.push(status)
      expect(headers.connection).toBe('close')
      if (status === 429) expect(Number(headers['retry-after'])).toBeGreaterThan(0)
    }
    // On a slow machine it takes longer than a minute.
    const allowed = Math.ceil(10 * Math.max(1, (performance.now() - startMs) / 60_000))
    expect(statuses.slice(0, 10)).toEqual(Array(10).fill(401))
    expect(statuses.filter((status) => status === 401).length).toBeLessThanOrEqual(allowed)
    expect(new Set(statuses)).toEqual(new Set([401, 429]))
    expect((await send(url, { headers: { authorization: `Bearer ${token}` } })).status).toBe(202)
  })
})

describe('a body', () => {
  test.each([
    [
      'that is not UTF-8',
      Buffer.concat([Buffer.from(event.slice(0, -3)), Buffer.from([0xc3, 0x28]), Buffer.from('"}}')]),
    ],
    ['that begins with a byte order mark', Buffer.from(`\ufeff${event}`)],
  ])('%s gets 400, as from the receiver', async (_, body) => {
    const { url } = await start()
    expect((await send(url, { body })).status).toBe(400)
    expect(await accepted(url)).toBe(0)
  })

  test('beyond the 64 that are read at once gets 503 with Retry-After, and is taken when those are done', async () => {
    const { url } = await start()
    const slow = await Promise.all(
      Array.from({ length: 64 }, () =>
        halfOf(
          url,
          'POST /events HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{',
        ),
      ),
    )
    await vi.waitFor(
      async () =>
        expect(await send(url, {})).toMatchObject({
          status: 503,
          headers: { 'retry-after': '1' },
          text: '{"ok":false,"error":"overloaded"}',
        }),
      60_000,
    )
    for (const socket of slow) socket.destroy()
    await vi.waitFor(async () => expect((await send(url, {})).status).toBe(202), 60_000)
  })
})

test('SIGTERM ends a relay within its time-out of 1 s while clients hold requests that they never finish', async () => {
  const running = await startRelayProcess({ ...env, RELAY_SHUTDOWN_TIMEOUT: '1s' })
  const sockets = await Promise.all([
    halfOf(running.url, ''),
    halfOf(running.url, 'POST /events HTTP/1.1\r\nhost: local'),
    halfOf(
      running.url,
      'POST /events HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{',
    ),
    halfOf(running.url, 'GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n'),
  ])
  const startMs = performance.now()
  expect(await running.stop('SIGTERM')).toBe(0)
  // Without its own time-out it would take the 30 s that a request may take, and more.
  expect(performance.now() - startMs).toBeLessThan(20_000)
  for (const socket of sockets) socket.destroy()
})

const halfOf = async (url: string, bytes: string): Promise<Socket> => {
  const socket = connect({ host: '127.0.0.1', port: Number(new URL(url).port) })
  socket.on('error', () => {})
  await once(socket, 'connect')
  socket.write(bytes)
  return socket
}
