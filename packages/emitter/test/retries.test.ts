import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { startEmitter } from './start-emitter.ts'
import { createStubReceiver, scan } from './stub-receiver.ts'

// Hours of fake time take seconds on a busy machine.
beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2026-02-13T12:00:00Z') })
})
afterEach(() => {
  vi.useRealTimers()
})

test('after three 503s an event has had four attempts under one id, 1 s, 5 s and 30 s apart, and is stored once', async () => {
  const { emitter, receiver, attempts } = startEmitter(({ number }) =>
    number <= 3 ? { status: 503 } : undefined,
  )
  const outcome = emitter.deliver('scan.completed', scan())
  await vi.runAllTimersAsync()
  const { eventId, status } = await outcome
  expect(status).toBe('stored')
  expect(receiver.requests.map(({ ids }) => ids)).toEqual([[eventId], [eventId], [eventId], [eventId]])
  expect(receiver.waits()).toEqual([1000, 5000, 30_000])
  expect(
    attempts.map(({ attempt, outcome, error, nextDelayMs }) => [attempt, outcome, error, nextDelayMs]),
  ).toEqual([
    [1, 'retry', 'http_503', 1000],
    [2, 'retry', 'http_503', 5000],
    [3, 'retry', 'http_503', 30_000],
    [4, 'stored', undefined, undefined],
  ])
  expect(emitter.stats()).toMatchObject({ accepted: 1, delivered: 1, pending: 0 })
})

test('after an outage with many requests waiting, the next event is sent within one time-out of its end', async () => {
  let isAway = true
  const { emitter, receiver } = startEmitter(() => (isAway ? { status: 503 } : undefined))
  for (let sent = 0; sent < 150; sent += 1) {
    void emitter.emit('scan.completed', scan(`job-${sent}`))
    await vi.advanceTimersByTimeAsync(100)
  }
  isAway = false
  const { eventId } = await emitter.emit('scan.completed', scan('after'))
  await vi.advanceTimersByTimeAsync(10_000)
  expect(receiver.stored).toContain(eventId)
  await vi.runAllTimersAsync()
  expect(emitter.stats()).toMatchObject({ accepted: 151, delivered: 151, pending: 0 })
})

test('after the fourth failed attempt an event in memory is dead, with its reason', async () => {
  const { emitter, receiver, dead } = startEmitter(() => ({ status: 503 }))
  const outcome = emitter.deliver('scan.completed', scan())
  await vi.runAllTimersAsync()
  expect(await outcome).toMatchObject({
    status: 'dead',
    reason: 'exhausted',
    detail: 'http_503 at attempt 4',
  })
  expect(receiver.requests).toHaveLength(4)
  expect(dead).toHaveLength(1)
  expect(emitter.stats()).toMatchObject({ accepted: 1, dead: 1, pending: 0 })
})

test.each([408, 425, 429, 500, 502, 503, 504, 599])('HTTP %i is tried again', async (status) => {
  const { emitter, receiver } = startEmitter(({ number }) => (number === 1 ? { status } : undefined))
  const outcome = emitter.deliver('scan.completed', scan())
  await vi.runAllTimersAsync()
  expect(await outcome).toMatchObject({ status: 'stored' })
  expect(receiver.waits()).toEqual([1000])
})

test.each([
  [400, { ok: false, error: 'invalid_request', issues: [{ path: 'payload.jobId', message: 'no' }] }],
  [413, '<html>too large</html>'],
])('HTTP %i about the event is attempted once, and the event is a dead letter', async (status, body) => {
  const { emitter, receiver } = startEmitter(() => ({ status, body }))
  const outcome = emitter.deliver('scan.completed', scan())
  await vi.runAllTimersAsync()
  expect(await outcome).toMatchObject({ status: 'dead', reason: 'refused' })
  expect(receiver.requests).toHaveLength(1)
  expect(emitter.health()).toEqual({ status: 'ok' })
})

test('400 says which fields the receiver refused', async () => {
  const issues = [{ path: 'payload.mediaCount', message: 'for ada@example.com' }]
  const { emitter, dead } = startEmitter(() => ({
    status: 400,
    body: { ok: false, error: 'invalid_request', issues },
  }))
  const outcome = emitter.deliver('scan.completed', scan())
  await vi.runAllTimersAsync()
  await outcome
  expect(dead[0]?.detail).toBe('HTTP 400 invalid_request (payload.mediaCount)')
})

test.each([
  ['an empty body', ''],
  ['a page of a proxy', '<html>welcome</html>'],
  ['JSON of someone else', { hello: 'world' }],
  ['ok: false', { ok: false, eventId: 'x' }],
  ['no event id', { ok: true }],
  ['two megabytes', `{"ok":true,"eventId":"${'x'.repeat(2_000_000)}"}`],
])('200 with %s is not a delivery but a retry', async (_, body) => {
  const { emitter, attempts } = startEmitter(({ number }) =>
    number === 1 ? { status: 200, body } : undefined,
  )
  const outcome = emitter.deliver('scan.completed', scan())
  await vi.runAllTimersAsync()
  expect(await outcome).toMatchObject({ status: 'stored' })
  expect(attempts.map(({ outcome, error }) => [outcome, error])).toEqual([
    ['retry', 'malformed_response'],
    ['stored', undefined],
  ])
})

test('a network error is tried again, and only its code is logged', async () => {
  const failure = new TypeError('fetch failed', {
    cause: Object.assign(new Error('connect ECONNREFUSED 10.0.0.1:443'), { code: 'ECONNREFUSED' }),
  })
  const { emitter, attempts } = startEmitter(({ number }) => (number === 1 ? { failure } : undefined))
  const outcome = emitter.deliver('scan.completed', scan())
  await vi.runAllTimersAsync()
  expect(await outcome).toMatchObject({ status: 'stored' })
  expect(attempts[0]).toMatchObject({ outcome: 'retry', error: 'ECONNREFUSED', status: undefined })
})

test('an attempt without a response ends after timeoutMs and is tried again', async () => {
  const receiver = createStubReceiver()
  let calls = 0
  const { emitter, attempts } = startEmitter(undefined, {
    timeoutMs: 2000,
    fetch: (input) => {
      calls += 1
      if (calls > 1) return receiver.fetch(input)
      const { signal } = input as Request
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    },
  })
  const outcome = emitter.deliver('scan.completed', scan())
  await vi.runAllTimersAsync()
  expect(await outcome).toMatchObject({ status: 'stored' })
  expect(attempts[0]).toMatchObject({ error: 'timeout', durationMs: 2000, nextDelayMs: 1000 })
})

test('Retry-After in seconds is obeyed and uses up no attempts', async () => {
  const { emitter, receiver } = startEmitter(({ number }) => {
    if (number <= 6) return { status: 503, headers: { 'retry-after': '7' } }
    return number <= 9 ? { status: 503 } : undefined
  })
  const outcome = emitter.deliver('scan.completed', scan())
  await vi.runAllTimersAsync()
  expect(await outcome).toMatchObject({ status: 'stored' })
  expect(receiver.waits()).toEqual([7000, 7000, 7000, 7000, 7000, 7000, 1000, 5000, 30_000])
})

test('a Retry-After at the last attempt does not count either', async () => {
  const { emitter, receiver } = startEmitter(({ number }) => {
    if (number <= 3) return { status: 503 }
    return number === 4 ? { status: 429 } : undefined
  })
  const outcome = emitter.deliver('scan.completed', scan())
  await vi.runAllTimersAsync()
  expect(await outcome).toMatchObject({ status: 'stored' })
  expect(receiver.waits()).toEqual([1000, 5000, 30_000, 30_000])
})

test('Retry-After as an HTTP date is obeyed', async () => {
  const { emitter, receiver } = startEmitter(({ number }) =>
    number === 1 ? { status: 503, headers: { 'retry-after': 'Fri, 13 Feb 2026 12:00:42 GMT' } } : undefined,
  )
  const outcome = emitter.deliver('scan.completed', scan())
  await vi.runAllTimersAsync()
  expect(await outcome).toMatchObject({ status: 'stored' })
  expect(receiver.waits()).toEqual([42_000])
})

test('Retry-After is the least wait: less than the schedule changes nothing', async () => {
  const { emitter, receiver } = startEmitter(({ number }) =>
    number === 1 ? { status: 503, headers: { 'retry-after': '0' } } : undefined,
  )
  const outcome = emitter.deliver('scan.completed', scan())
  await vi.runAllTimersAsync()
  await outcome
  expect(receiver.waits()).toEqual([1000])
})

test('Retry-After of a day is obeyed for 5 minutes', async () => {
  const { emitter, receiver } = startEmitter(({ number }) =>
    number === 1 ? { status: 503, headers: { 'retry-after': '86400' } } : undefined,
  )
  const outcome = emitter.deliver('scan.completed', scan())
  await vi.runAllTimersAsync()
  await outcome
  expect(receiver.waits()).toEqual([300_000])
})

test('a receiver that asks to wait forever gets an hour, then attempts count', async () => {
  const { emitter, receiver } = startEmitter(() => ({ status: 503, headers: { 'retry-after': '300' } }))
  const outcome = emitter.deliver('scan.completed', scan())
  await vi.runAllTimersAsync()
  expect(await outcome).toMatchObject({ status: 'dead', reason: 'exhausted' })
  // Twelve waits of five minutes make the hour; the four attempts after it count.
  expect(receiver.requests).toHaveLength(16)
})

test('a durable outbox continues with the long schedule, and only after that the event is dead', async () => {
  const { createMemoryOutbox } = await import('@altcontext/webhook-emitter')
  vi.spyOn(Math, 'random').mockReturnValue(0.5)
  const outbox = { ...createMemoryOutbox(), isDurable: true }
  const { emitter, receiver, dead } = startEmitter(() => ({ status: 503 }), { outbox })
  const outcome = emitter.deliver('scan.completed', scan())
  await vi.advanceTimersByTimeAsync(36_500)
  expect(await outcome).toMatchObject({ status: 'pending' })
  expect(emitter.stats()).toMatchObject({ pending: 1, dead: 0 })
  await vi.advanceTimersByTimeAsync(41 * 3_600_000)
  const minutes = receiver
    .waits()
    .slice(3)
    .map((ms) => Math.round(ms / 60_000))
  expect(minutes).toEqual([2, 5, 15, 30, 60, 120, 240, 480, 1440])
  expect(dead[0]).toMatchObject({ reason: 'exhausted', detail: 'http_503 at attempt 13' })
  vi.restoreAllMocks()
})

test('the long waits are spread by 20 percent either way', async () => {
  const { createMemoryOutbox } = await import('@altcontext/webhook-emitter')
  const outbox = createMemoryOutbox()
  const { emitter, receiver } = startEmitter(() => ({ status: 503 }), {
    outbox,
    batch: { maxEvents: 1 },
    maxConcurrentRequests: 64,
    retry: { delaysMs: [], longDelaysMs: [100_000] },
  })
  for (let index = 0; index < 50; index += 1) void emitter.emit('scan.completed', scan(`job-${index}`))
  await vi.runAllTimersAsync()
  const waits = receiver.requests.slice(50).map(({ atMs }) => atMs - (receiver.requests[0]?.atMs ?? 0))
  expect(waits).toHaveLength(50)
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(79_000)
  expect(Math.max(...waits)).toBeLessThanOrEqual(121_000)
  expect(new Set(waits.map(Math.round)).size).toBeGreaterThan(20)
})

test('a wall clock that jumps a year moves no retry', async () => {
  let nowMs = Date.parse('2026-02-13T12:00:00Z')
  const { emitter, receiver } = startEmitter(
    ({ number }) => {
      nowMs += 31_536_000_000
      return number <= 2 ? { status: 503 } : undefined
    },
    { now: () => nowMs },
  )
  const outcome = emitter.deliver('scan.completed', scan())
  await vi.runAllTimersAsync()
  await outcome
  expect(receiver.waits()).toEqual([1000, 5000])
})
