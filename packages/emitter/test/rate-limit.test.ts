import { createEmitter } from '@altcontext/webhook-emitter'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { adminKey, createStubReceiver, type StubReply, scan, url } from './stub-receiver.ts'

// Hours of fake time take seconds on a busy machine.
beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** Fixed windows of a minute, like those of @fastify/rate-limit. */
const createLimiter = (perMinute: number, sendsRetryAfter: boolean) => {
  let windowStartMs = Number.NEGATIVE_INFINITY
  let used = 0
  let refused = 0
  return {
    refused: () => refused,
    reply: (): StubReply | undefined => {
      const nowMs = performance.now()
      if (nowMs - windowStartMs >= 60_000) {
        windowStartMs = nowMs
        used = 0
      }
      used += 1
      if (used <= perMinute) return undefined
      refused += 1
      const seconds = Math.ceil((windowStartMs + 60_000 - nowMs) / 1000)
      return { status: 429, headers: sendsRetryAfter ? { 'retry-after': String(seconds) } : {} }
    },
  }
}

const emitMany = (emitter: ReturnType<typeof createEmitter>, count: number) =>
  Promise.all(
    Array.from({ length: count }, (_, index) => emitter.emit('scan.completed', scan(`job-${index}`))),
  )

test.each([
  ['with Retry-After', true, 100],
  ['without Retry-After', false, 1000],
])(
  '5,000 events into 300 requests a minute %s all arrive, none twice',
  async (_, sendsRetryAfter, maxRefused) => {
    const limiter = createLimiter(300, sendsRetryAfter)
    const receiver = createStubReceiver(({ isBatch }) => (isBatch ? { status: 404 } : limiter.reply()))
    const emitter = createEmitter({ url, adminKey, fetch: receiver.fetch })
    await emitMany(emitter, 5000)
    for (let minute = 0; minute < 40 && emitter.stats().pending > 0; minute += 1) {
      await vi.advanceTimersByTimeAsync(60_000)
    }
    expect(emitter.stats()).toMatchObject({
      accepted: 5000,
      delivered: 5000,
      duplicate: 0,
      pending: 0,
      dead: 0,
      dropped: {},
    })
    expect(receiver.stored.size).toBe(5000)
    expect(limiter.refused()).toBeLessThan(maxRefused)
  },
)

test('5,000 events into 300 requests a minute arrive within a second over the batch route', async () => {
  const limiter = createLimiter(300, true)
  const receiver = createStubReceiver(limiter.reply)
  const emitter = createEmitter({ url, adminKey, fetch: receiver.fetch })
  await emitMany(emitter, 5000)
  await vi.advanceTimersByTimeAsync(1000)
  expect(receiver.stored.size).toBe(5000)
  expect(receiver.requests).toHaveLength(10)
})

test('a 429 pauses the whole sender, including new events', async () => {
  const receiver = createStubReceiver(({ number }) =>
    number === 1 ? { status: 429, headers: { 'retry-after': '20' } } : undefined,
  )
  const emitter = createEmitter({ url, adminKey, fetch: receiver.fetch })
  await emitter.emit('scan.completed', scan('job-1'))
  await vi.advanceTimersByTimeAsync(100)
  await emitter.emit('scan.completed', scan('job-2'))
  await vi.advanceTimersByTimeAsync(19_000)
  expect(receiver.requests).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(2000)
  expect(receiver.stored.size).toBe(2)
})

test('a 429 pauses the sender for as long as it says, however often the event had failed before', async () => {
  const receiver = createStubReceiver(({ number }) => {
    if (number <= 2) return { status: 503 }
    return number === 3 ? { status: 429, headers: { 'retry-after': '1' } } : undefined
  })
  const emitter = createEmitter({ url, adminKey, fetch: receiver.fetch })
  await emitter.emit('scan.completed', scan('job-1'))
  await vi.advanceTimersByTimeAsync(10_000)
  expect(receiver.requests).toHaveLength(3)
  await emitter.emit('scan.completed', scan('job-2'))
  await vi.advanceTimersByTimeAsync(1000)
  expect(receiver.stored.size).toBe(1)
})

test('a 503 with Retry-After holds its own event, not the others', async () => {
  const receiver = createStubReceiver(({ body }) =>
    body.includes('job-1"') ? { status: 503, headers: { 'retry-after': '20' } } : undefined,
  )
  const emitter = createEmitter({ url, adminKey, fetch: receiver.fetch })
  await emitter.emit('scan.completed', scan('job-1'))
  await vi.advanceTimersByTimeAsync(100)
  await emitter.emit('scan.completed', scan('job-2'))
  await vi.advanceTimersByTimeAsync(100)
  expect(receiver.stored.size).toBe(1)
})

test('a receiver that responds with 429 for ever leads to dead events, not to an endless loop', async () => {
  const receiver = createStubReceiver(() => ({ status: 429, headers: { 'retry-after': '0' } }))
  const emitter = createEmitter({ url, adminKey, fetch: receiver.fetch })
  const outcome = emitter.deliver('scan.completed', scan())
  await vi.advanceTimersByTimeAsync(2 * 3_600_000)
  expect(await outcome).toMatchObject({
    status: 'dead',
    reason: 'exhausted',
    detail: 'http_429 at attempt 4',
  })
})
