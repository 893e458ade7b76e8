import { createSigningSecret, parseSigningSecret, verifyWebhook } from '@altcontext/webhook-contract'
import { createEmitter } from '@altcontext/webhook-emitter'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { adminKey, createStubReceiver, type StubRequest, scan, url } from './stub-receiver.ts'

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2026-02-13T12:00:00Z') })
})
afterEach(() => {
  vi.useRealTimers()
})

const verify = ({ headers, body }: StubRequest, secret: string, nowMs = Date.now()) =>
  verifyWebhook(
    {
      id: headers.get('webhook-id') ?? undefined,
      timestamp: headers.get('webhook-timestamp') ?? undefined,
      signature: headers.get('webhook-signature') ?? undefined,
      body,
    },
    [parseSigningSecret(secret)],
    { nowMs },
  )

test('every attempt is signed again, over the exact body, under the event’s id', async () => {
  const signingSecret = createSigningSecret()
  const verdicts: unknown[] = []
  const receiver = createStubReceiver((request) => {
    verdicts.push(verify(request, signingSecret))
    return request.number <= 3 ? { status: 503, headers: { 'retry-after': '200' } } : undefined
  })
  const emitter = createEmitter({ url, adminKey, signingSecret, fetch: receiver.fetch })
  const outcome = emitter.deliver('scan.completed', scan())
  await vi.runAllTimersAsync()
  const { eventId } = await outcome
  expect(verdicts).toEqual([{ ok: true }, { ok: true }, { ok: true }, { ok: true }])
  expect(new Set(receiver.requests.map(({ headers }) => headers.get('webhook-id')))).toEqual(
    new Set([eventId]),
  )
  expect(new Set(receiver.requests.map(({ headers }) => headers.get('webhook-timestamp'))).size).toBe(4)
})

test('a batch is signed under the batch’s id', async () => {
  const signingSecret = createSigningSecret()
  const receiver = createStubReceiver()
  const emitter = createEmitter({ url, adminKey, signingSecret, fetch: receiver.fetch })
  await Promise.all([emitter.emit('scan.completed', scan('1')), emitter.emit('scan.completed', scan('2'))])
  await vi.runAllTimersAsync()
  const [request] = receiver.requests as [StubRequest]
  expect(verify(request, signingSecret)).toEqual({ ok: true })
  expect(request.ids).not.toContain(request.headers.get('webhook-id'))
})

test('during a rotation both the old and the new secret verify what is sent', async () => {
  const [oldSecret, newSecret] = [createSigningSecret(), createSigningSecret()]
  const receiver = createStubReceiver()
  const emitter = createEmitter({
    url,
    adminKey,
    signingSecret: [newSecret, oldSecret],
    fetch: receiver.fetch,
  })
  const outcome = emitter.deliver('scan.completed', scan())
  await vi.runAllTimersAsync()
  await outcome
  const [request] = receiver.requests as [StubRequest]
  expect(verify(request, oldSecret)).toEqual({ ok: true })
  expect(verify(request, newSecret)).toEqual({ ok: true })
  expect(verify(request, createSigningSecret())).toEqual({ ok: false, reason: 'no_matching_signature' })
})
