import { inspect } from 'node:util'
import { createSigningSecret } from '@altcontext/webhook-contract'
import { createEmitter } from '@altcontext/webhook-emitter'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createStubReceiver, type StubReply, url } from './stub-receiver.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const key = 'key-that-nobody-may-ever-see'
const address = 'ada.lovelace@private.example'
const echo = {
  ok: false,
  error: `no ${address} ${key}`,
  issues: [{ path: `payload.${address}`, message: address }],
}

test.each<[string, (number: number) => StubReply | undefined]>([
  ['delivers', () => undefined],
  ['is down', () => ({ status: 503, body: echo })],
  ['refuses and repeats what it was sent', () => ({ status: 400, body: echo })],
  ['refuses the key', () => ({ status: 401, body: echo })],
  ['redirects', () => ({ status: 302, headers: { location: `https://x.example/?${key}` } })],
  ['responds with nonsense', () => ({ status: 200, body: `${address} ${key}` })],
  ['repeats in a batch', () => ({ results: Array(2).fill({ ...echo, status: 'invalid' }) })],
  ['repeats in a retry', () => ({ results: Array(2).fill({ ...echo, status: 'retry' }) })],
  ['cannot be reached', () => ({ failure: new TypeError(`fetch to ${url}?${key} failed for ${address}`) })],
  [
    'breaks the connection',
    () => ({
      failure: new TypeError('fetch failed', { cause: Object.assign(new Error(address), { code: address }) }),
    }),
  ],
])(
  'no address, key, secret or payload is in any log, report or outcome when the receiver %s',
  async (_, reply) => {
    const signingSecret = createSigningSecret()
    const seen: unknown[] = []
    const log = (details: object, message: string) => seen.push(details, message)
    const receiver = createStubReceiver(({ number }) => reply(number))
    const emitter = createEmitter({
      url: `${url}?token=${key}`,
      adminKey: key,
      signingSecret,
      fetch: receiver.fetch,
      logger: { debug: log, info: log, warn: log, error: log },
      onAttempt: (report) => seen.push(report),
      onDead: ({ body, ...rest }) => {
        expect(body).toContain(address)
        seen.push(rest)
      },
    })
    const payload = {
      tenantId: 'tenant-of-lovelace',
      siteUrl: 'https://private.example/secret?x=1',
      email: address,
    }
    const outcomes = Promise.all([
      emitter.deliver('tenant.created', payload),
      emitter.deliver('tenant.created', payload),
      emitter
        .emit('tenant.created', { ...payload, email: `${address.repeat(20)}` })
        .catch((error: unknown) => error),
    ])
    await vi.runAllTimersAsync()
    seen.push(await outcomes, emitter.stats(), emitter)
    expect(receiver.requests[0]?.body).toContain(address)
    const text = inspect(seen, { depth: 20 })
    for (const secret of [address, 'private.example', 'lovelace', key, signingSecret, 'tenant-of']) {
      expect(text).not.toContain(secret)
    }
  },
)

test('every attempt is logged with id, type, attempt, outcome, duration and next wait', async () => {
  const lines: [string, object, string][] = []
  const log = (level: string) => (details: object, message: string) => lines.push([level, details, message])
  const receiver = createStubReceiver(({ number }) => (number === 1 ? { status: 503 } : undefined))
  const emitter = createEmitter({
    url,
    adminKey: key,
    fetch: receiver.fetch,
    logger: { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') },
  })
  const outcome = emitter.deliver('tenant.created', { tenantId: 't', email: address })
  await vi.runAllTimersAsync()
  const { eventId } = await outcome
  const shared = { eventId, eventType: 'tenant.created', batchSize: 1, durationMs: expect.any(Number) }
  const failed = {
    ...shared,
    attempt: 1,
    outcome: 'retry',
    status: 503,
    error: 'http_503',
    nextDelayMs: 1000,
  }
  expect(lines).toEqual([
    ['debug', failed, 'Attempted to deliver an event'],
    ['warn', failed, 'An event could not be delivered and will be tried again'],
    [
      'info',
      { ...shared, attempt: 2, outcome: 'stored', status: 200, error: undefined, nextDelayMs: undefined },
      'Attempted to deliver an event',
    ],
  ])
})
