import { createMemoryOutbox } from '@altcontext/webhook-emitter'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { startEmitter } from './start-emitter.ts'
import { type StubReply, scan } from './stub-receiver.ts'

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2026-02-13T12:00:00Z') })
})
afterEach(() => {
  vi.useRealTimers()
})

/** Durable as far as the sender can see. */
const durable = () => ({ ...createMemoryOutbox(), isDurable: true })

const logger = () => {
  const lines: { level: string; details: Record<string, unknown>; message: string }[] = []
  const write = (level: string) => (details: object, message: string) =>
    void lines.push({ level, details: { ...details }, message })
  return {
    lines,
    logger: { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') },
  }
}

test.each([
  [401, { ok: false, error: 'unauthorized' }, 'unauthorized'],
  [401, { ok: false, error: 'invalid_signature' }, 'invalid_signature'],
  [401, '<html>', 'unauthorized'],
  [403, '<html>', 'forbidden'],
  [404, '<html>', 'not_found'],
  [405, '', 'not_found'],
  [410, '', 'not_found'],
  [400, '<html>400 Bad Request: header or cookie too large', 'not_accepted'],
  [400, { ok: false, error: 'invalid_request' }, 'not_accepted'],
  [409, '', 'not_accepted'],
  [415, { ok: false, error: 'unsupported_media_type' }, 'not_accepted'],
  [422, '', 'not_accepted'],
  [451, '', 'not_accepted'],
  [301, '', 'redirected'],
  [302, '', 'redirected'],
  [307, '', 'redirected'],
  [308, '', 'redirected'],
])('HTTP %i with %j pauses the sender as %s, and nothing is lost', async (status, body, reason) => {
  let isRight = false
  const headers = { location: 'https://elsewhere.example/' }
  const { emitter, receiver, dead } = startEmitter(() => (isRight ? undefined : { status, body, headers }), {
    outbox: durable(),
  })
  for (let index = 0; index < 40; index += 1) await emitter.emit('scan.completed', scan(`job-${index}`))
  await vi.advanceTimersByTimeAsync(100_000)
  expect(emitter.health()).toMatchObject({ status: 'paused', reason })
  expect(emitter.stats()).toMatchObject({ accepted: 40, pending: 40, dead: 0 })
  expect(receiver.requests.every(({ path }) => path.startsWith('/hooks'))).toBe(true)
  isRight = true
  await vi.advanceTimersByTimeAsync(20_000)
  expect(emitter.health()).toEqual({ status: 'ok' })
  expect(emitter.stats()).toMatchObject({ accepted: 40, delivered: 40, pending: 0 })
  expect(dead).toEqual([])
})

test('a paused sender tries one event at a time, after 1, 2, 4 and 8 seconds, then once in each time-out', async () => {
  const { emitter, receiver } = startEmitter(() => ({ status: 401 }), { outbox: durable() })
  for (let index = 0; index < 500; index += 1) await emitter.emit('scan.completed', scan(`job-${index}`))
  await vi.advanceTimersByTimeAsync(50_000)
  const [first, ...tries] = receiver.requests
  expect(first?.atMs).toBeDefined()
  expect(tries.every(({ ids }) => ids.length === 1)).toBe(true)
  const seconds = receiver.waits().map((waitMs) => Math.round(waitMs / 1000))
  expect(seconds).toEqual([1, 2, 4, 8, 10, 10, 10])
})

test.each([
  [100, [1, 1, 1]],
  [300_000, [1, 2, 4, 8, 16, 32, 60, 60]],
])('with a time-out of %i ms a paused sender tries after %j seconds', async (timeoutMs, expected) => {
  const { emitter, receiver } = startEmitter(() => ({ status: 401 }), { outbox: durable(), timeoutMs })
  await emitter.emit('scan.completed', scan())
  const enoughMs = expected.reduce((total, seconds) => total + seconds * 1000, 900)
  await vi.advanceTimersByTimeAsync(enoughMs)
  expect(receiver.waits().map((waitMs) => Math.round(waitMs / 1000))).toEqual(expected)
})

test.each([
  ['away', { failure: Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }) }],
  ['overloaded', { status: 503 }],
  ['limiting its senders', { status: 429, headers: { 'retry-after': '1' } }],
] as const)(
  'a receiver that is %s when the key is corrected is still asked once in each time-out, and the sender goes on',
  async (_, reply) => {
    let response: StubReply | undefined = { status: 401 }
    const { emitter, receiver, dead } = startEmitter(() => response, { outbox: durable() })
    for (let index = 0; index < 40; index += 1) await emitter.emit('scan.completed', scan(`job-${index}`))
    await vi.advanceTimersByTimeAsync(16_000)
    response = reply
    // From here on both may be right again at any moment.
    const before = receiver.requests.length
    await vi.advanceTimersByTimeAsync(200_000)
    const waits = receiver.waits().slice(before)
    expect(waits.length).toBeGreaterThan(15)
    expect(Math.max(...waits)).toBeLessThan(10_100)
    response = undefined
    await vi.advanceTimersByTimeAsync(10_100)
    expect(emitter.health()).toEqual({ status: 'ok' })
    expect(emitter.stats().delivered).toBeGreaterThan(0)
    await vi.advanceTimersByTimeAsync(35_000)
    expect(emitter.stats()).toMatchObject({ accepted: 40, delivered: 40, pending: 0 })
    expect(dead).toEqual([])
  },
)

test('a receiver that never responds while the sender is paused is asked once in each time-out', async () => {
  let isSilent = false
  const { receiver, emitter } = startEmitter(
    () => (isSilent ? new Promise<undefined>(() => {}) : { status: 401 }),
    { outbox: durable() },
  )
  for (let index = 0; index < 40; index += 1) await emitter.emit('scan.completed', scan(`job-${index}`))
  await vi.advanceTimersByTimeAsync(16_000)
  isSilent = true
  const before = receiver.requests.length
  await vi.advanceTimersByTimeAsync(100_000)
  expect(receiver.requests.length - before).toBeGreaterThanOrEqual(9)
})

test('a pause uses up no attempts: after a day of it the event still has all of them', async () => {
  let status = 401
  const { emitter, receiver } = startEmitter(() => ({ status }), { outbox: durable() })
  const { eventId } = await emitter.emit('scan.completed', scan())
  await vi.advanceTimersByTimeAsync(86_400_000)
  const before = receiver.requests.length
  status = 503
  await vi.advanceTimersByTimeAsync(60_000 + 36_000)
  expect(receiver.requests.slice(before).map(({ ids }) => ids)).toEqual(Array(4).fill([eventId]))
  expect(emitter.stats()).toMatchObject({ pending: 1, dead: 0 })
})

test('a pause is logged once, and so is its end; reports of attempts say "paused"', async () => {
  let isRight = false
  const { lines, logger: sink } = logger()
  const { emitter, attempts } = startEmitter(
    () => (isRight ? undefined : { status: 401, body: { ok: false, error: 'unauthorized' } }),
    { outbox: durable(), logger: sink },
  )
  for (let index = 0; index < 300; index += 1) await emitter.emit('scan.completed', scan(`job-${index}`))
  await vi.advanceTimersByTimeAsync(600_000)
  expect(lines).toEqual([
    {
      level: 'error',
      details: { reason: 'unauthorized', detail: 'HTTP 401 unauthorized', nextDelayMs: 1000 },
      message: expect.stringMatching(/^The sender is paused: .*ADMIN_API_KEY/),
    },
  ])
  expect(new Set(attempts.map(({ outcome }) => outcome))).toEqual(new Set(['paused']))
  isRight = true
  await vi.advanceTimersByTimeAsync(61_000)
  expect(lines.filter(({ message }) => message === 'The sender continues')).toHaveLength(1)
})

test.each([
  [-400, 400_000],
  [360, -360_000],
])('a clock that is %i s off is named, with the skew', async (offSeconds, skewMs) => {
  const { lines, logger: sink } = logger()
  const { emitter } = startEmitter(
    () => ({
      status: 401,
      body: { ok: false, error: 'invalid_signature' },
      headers: { date: new Date(Date.now()).toUTCString() },
    }),
    { outbox: durable(), logger: sink, now: () => Date.now() + offSeconds * 1000 },
  )
  await emitter.emit('scan.completed', scan())
  await vi.advanceTimersByTimeAsync(10)
  expect(emitter.health()).toMatchObject({ status: 'paused', reason: 'wrong_clock' })
  const { clockSkewMs = 0 } = emitter.health() as { clockSkewMs?: number }
  expect(Math.abs(clockSkewMs - skewMs)).toBeLessThan(1500)
  expect(lines[0]?.details).toMatchObject({ reason: 'wrong_clock', clockSkewMs })
})

test('an event that a proxy refuses (403) neither stops the others nor waits for ever', async () => {
  const { emitter, receiver, dead } = startEmitter(({ body }) =>
    body.includes('job-7"') ? { status: 403, body: '<html>blocked</html>' } : undefined,
  )
  for (let index = 0; index < 50; index += 1) await emitter.emit('scan.completed', scan(`job-${index}`))
  await vi.advanceTimersByTimeAsync(120_000)
  expect(receiver.stored.size).toBe(49)
  expect(emitter.health()).toEqual({ status: 'ok' })
  expect(dead).toMatchObject([{ reason: 'exhausted', detail: 'http_403 at attempt 4' }])
  expect(emitter.stats()).toMatchObject({ accepted: 50, delivered: 49, dead: 1, pending: 0 })
})

test('several events that are refused together (400 with issues to a batch) are sent separately, and one of them is dead', async () => {
  const refusal: StubReply = {
    status: 400,
    body: { ok: false, error: 'invalid_request', issues: [{ path: 'events', message: 'no' }] },
  }
  const { emitter, dead } = startEmitter(({ body }) => (body.includes('job-7"') ? refusal : undefined))
  for (let index = 0; index < 50; index += 1) void emitter.emit('scan.completed', scan(`job-${index}`))
  await vi.runAllTimersAsync()
  expect(emitter.stats()).toMatchObject({ accepted: 50, delivered: 49, dead: 1 })
  expect(dead).toMatchObject([{ reason: 'refused', detail: 'HTTP 400 invalid_request (events)' }])
})

test('events in memory wait for an hour, then they are given up, and each is passed to onDead', async () => {
  const { emitter, dead } = startEmitter(() => ({ status: 401, body: { ok: false, error: 'unauthorized' } }))
  for (let index = 0; index < 20; index += 1) await emitter.emit('scan.completed', scan(`job-${index}`))
  await vi.advanceTimersByTimeAsync(3_500_000)
  expect(emitter.stats()).toMatchObject({ pending: 20, dead: 0 })
  await vi.advanceTimersByTimeAsync(400_000)
  expect(emitter.stats()).toMatchObject({ pending: 0, dead: 20 })
  expect(dead[0]).toMatchObject({ reason: 'refused', detail: 'HTTP 401 unauthorized' })
  expect(emitter.health()).toMatchObject({ status: 'paused', reason: 'unauthorized' })
})

test('close() of a paused emitter drops what is in memory at its deadline; a durable outbox keeps it, at once', async () => {
  const inMemory = startEmitter(() => ({ status: 401 }))
  await inMemory.emitter.emit('scan.completed', scan())
  await vi.advanceTimersByTimeAsync(10)
  const closed = inMemory.emitter.close({ timeoutMs: 5000 })
  await vi.advanceTimersByTimeAsync(5000)
  expect(await closed).toEqual({ isComplete: false, pending: 0, dropped: 1 })

  const { emitter } = startEmitter(() => ({ status: 401 }), { outbox: durable() })
  await emitter.emit('scan.completed', scan())
  await vi.advanceTimersByTimeAsync(10)
  const startMs = performance.now()
  const flushed = emitter.flush()
  await vi.advanceTimersByTimeAsync(10)
  expect(await flushed).toMatchObject({ isComplete: false, pending: 1 })
  expect(performance.now() - startMs).toBeLessThan(100)
})

test('deliver() to a paused sender is pending at once, and says why', async () => {
  const { emitter } = startEmitter(() => ({ status: 401, body: { ok: false, error: 'unauthorized' } }))
  const first = emitter.deliver('scan.completed', scan('job-1'))
  await vi.advanceTimersByTimeAsync(10)
  const second = emitter.deliver('scan.completed', scan('job-2'))
  await vi.advanceTimersByTimeAsync(10)
  const pending = { status: 'pending', reason: 'paused', detail: 'HTTP 401 unauthorized' }
  expect(await first).toMatchObject(pending)
  expect(await second).toMatchObject(pending)
})

test('deliver() that is left to the long retries says so, with the last error', async () => {
  const { emitter } = startEmitter(() => ({ status: 503 }), { outbox: durable() })
  const outcome = emitter.deliver('scan.completed', scan())
  await vi.advanceTimersByTimeAsync(36_500)
  expect(await outcome).toMatchObject({
    status: 'pending',
    reason: 'retrying',
    detail: 'http_503 at attempt 4',
  })
})

test('deliver() whose outcome the outbox cannot record is pending and says so', async () => {
  const outbox = {
    ...durable(),
    settle: () => {
      throw new Error('disk full')
    },
  }
  const { emitter } = startEmitter(undefined, { outbox })
  const outcome = emitter.deliver('scan.completed', scan())
  await vi.advanceTimersByTimeAsync(10)
  expect(await outcome).toMatchObject({ status: 'pending', reason: 'outbox_failed' })
})

test('a rejected call is counted beside the ledger', async () => {
  const { emitter } = startEmitter()
  // Not awaited, like the mistake that this count reveals.
  void emitter.emit('scan.completed', { ...scan(), mediaCount: -1 })
  void emitter.deliver('scan.completed', { ...scan(), mediaCount: -1 }).catch(() => {})
  await emitter.emit('scan.completed', scan())
  await vi.runAllTimersAsync()
  expect(emitter.stats()).toMatchObject({ accepted: 1, delivered: 1, rejected: 2 })
  void emitter.close()
  void emitter.emit('scan.completed', scan())
  expect(emitter.stats()).toMatchObject({ accepted: 1, rejected: 3 })
  await vi.runAllTimersAsync()
})
