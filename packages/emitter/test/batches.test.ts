import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { startEmitter } from './start-emitter.ts'
import { type StubRequest, scan } from './stub-receiver.ts'

// Hours of fake time take seconds on a busy machine.
beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const start = (...args: Parameters<typeof startEmitter>) => {
  const started = startEmitter(...args)
  const emitAll = (count: number) =>
    Promise.all(
      Array.from({ length: count }, (_, index) =>
        started.emitter.emit('scan.completed', scan(`job-${index}`)),
      ),
    )
  return { ...started, emitAll }
}
const sizes = (requests: StubRequest[]): number[] => requests.map(({ ids }) => ids.length)

test('one queued event goes to the plain route, under its own id', async () => {
  const { emitter, receiver, emitAll } = start()
  const [receipt] = await emitAll(1)
  await vi.runAllTimersAsync()
  expect(receiver.requests).toMatchObject([{ path: '/hooks', ids: [receipt?.eventId] }])
  expect(emitter.stats().delivered).toBe(1)
})

test('1,250 events emitted together travel as 500, 500 and 250, each under an id of its own', async () => {
  const { emitter, receiver, emitAll } = start()
  const receipts = await emitAll(1250)
  await vi.runAllTimersAsync()
  expect(sizes(receiver.requests)).toEqual([500, 500, 250])
  expect(receiver.requests.map(({ path }) => path)).toEqual(['/hooks/batch', '/hooks/batch', '/hooks/batch'])
  expect(new Set(receiver.requests.map(({ headers }) => headers.get('webhook-id'))).size).toBe(3)
  expect([...receiver.stored]).toEqual(receipts.map(({ eventId }) => eventId))
  expect(emitter.stats()).toMatchObject({ accepted: 1250, delivered: 1250, pending: 0 })
})

test('an event in a batch is the plain envelope with its id in front', async () => {
  const { emitter, receiver, emitAll } = start(undefined, { now: () => Date.parse('2026-02-13T12:00:00Z') })
  const [first] = await emitAll(2)
  await vi.runAllTimersAsync()
  expect(JSON.parse(receiver.requests[0]?.body ?? '').events[0]).toEqual({
    id: first?.eventId,
    eventType: 'scan.completed',
    tenantId: 'tenant-1',
    occurredAt: '2026-02-13T12:00:00.000Z',
    payload: { ...scan('job-0'), completedAt: '2026-02-13T12:00:00.000Z' },
  })
  expect(emitter.stats().delivered).toBe(2)
})

test('each result counts for its own event, and only "retry" ones are sent again', async () => {
  const { emitter, receiver, dead, attempts, emitAll } = start(({ number, ids }) =>
    number > 1
      ? undefined
      : {
          results: [
            { status: 'stored' },
            {
              status: 'invalid',
              error: 'invalid_request',
              issues: [{ path: 'payload.jobId', message: 'no' }],
            },
            { status: 'retry', error: 'database_unavailable' },
            { status: 'duplicate', eventId: ids[3] },
          ],
        },
  )
  const [, invalid, retried] = await emitAll(4)
  await vi.runAllTimersAsync()
  expect(receiver.requests.map(({ ids }) => ids.length)).toEqual([4, 1])
  expect(receiver.requests[1]).toMatchObject({ path: '/hooks', ids: [retried?.eventId] })
  expect(receiver.waits()).toEqual([1000])
  expect(dead).toMatchObject([
    { eventId: invalid?.eventId, reason: 'refused', detail: 'invalid_request (payload.jobId)' },
  ])
  expect(attempts.find(({ eventId }) => eventId === retried?.eventId)).toMatchObject({
    outcome: 'retry',
    error: 'database_unavailable',
    nextDelayMs: 1000,
    batchSize: 4,
  })
  expect(emitter.stats()).toMatchObject({ accepted: 4, delivered: 2, duplicate: 1, dead: 1, pending: 0 })
})

test('one refused event is dead and the 499 in its batch are delivered', async () => {
  const { emitter, emitAll } = start(({ isBatch, ids }) =>
    isBatch
      ? {
          results: ids.map((_, index) =>
            index === 123
              ? { status: 'invalid', error: 'invalid_request', issues: [] }
              : { status: 'stored' },
          ),
        }
      : undefined,
  )
  await emitAll(500)
  await vi.runAllTimersAsync()
  expect(emitter.stats()).toMatchObject({ accepted: 500, delivered: 499, dead: 1, pending: 0 })
})

test('a batch that fails as a whole is sent again as a whole, under the same batch id', async () => {
  const { receiver, emitAll } = start(({ number }) => (number === 1 ? { status: 503 } : undefined))
  await emitAll(10)
  await vi.runAllTimersAsync()
  expect(sizes(receiver.requests)).toEqual([10, 10])
  const [first, second] = receiver.requests
  expect(first?.headers.get('webhook-id')).toBe(second?.headers.get('webhook-id'))
})

test.each([
  ['too few results', { ok: true, results: [{ status: 'stored', eventId: 'x' }] }],
  ['a status of its own', { ok: true, results: Array(3).fill({ status: 'fine', eventId: 'x' }) }],
  ['the plain response', { ok: true, eventId: 'x' }],
])('200 to a batch with %s delivers nothing and is tried again', async (_, body) => {
  const { emitter, receiver, attempts, emitAll } = start(({ number }) =>
    number === 1 ? { status: 200, body } : undefined,
  )
  await emitAll(3)
  await vi.runAllTimersAsync()
  expect(sizes(receiver.requests)).toEqual([3, 3])
  expect(attempts.slice(0, 3).map(({ error }) => error)).toEqual(Array(3).fill('malformed_response'))
  expect(emitter.stats().delivered).toBe(3)
})

test('413 halves the batch until it is taken, without a wait, and remembers the size', async () => {
  const { emitter, receiver, emitAll } = start(
    ({ ids }) => (ids.length > 100 ? { status: 413 } : undefined),
    {
      maxConcurrentRequests: 1,
    },
  )
  await emitAll(500)
  await vi.advanceTimersByTimeAsync(100)
  expect(emitter.stats()).toMatchObject({ delivered: 500, dead: 0 })
  expect(receiver.stored.size).toBe(500)
  const before = receiver.requests.length
  await emitAll(250)
  await vi.advanceTimersByTimeAsync(100)
  const after = sizes(receiver.requests.slice(before))
  expect(Math.max(...after)).toBeLessThanOrEqual(100)
  expect(emitter.stats().delivered).toBe(750)
})

test('a single event that is too large for the receiver is dead, the others are not', async () => {
  const { emitter, dead, emitAll } = start(({ body }) =>
    body.includes('job-5"') ? { status: 413, body: 'Too large' } : undefined,
  )
  await emitAll(20)
  await vi.runAllTimersAsync()
  expect(emitter.stats()).toMatchObject({ delivered: 19, dead: 1 })
  expect(dead).toMatchObject([{ reason: 'refused', detail: 'HTTP 413' }])
})

test.each([404, 405])(
  'a batch route that responds with %i is remembered: events go one by one, and no attempt is used up',
  async (status) => {
    const { emitter, receiver, attempts, emitAll } = start(({ isBatch }) =>
      isBatch ? { status } : undefined,
    )
    await emitAll(1000)
    await vi.advanceTimersByTimeAsync(1000)
    expect(receiver.requests.filter(({ isBatch }) => isBatch).length).toBeLessThanOrEqual(2)
    expect(receiver.stored.size).toBe(1000)
    expect(attempts.every(({ outcome }) => outcome === 'stored')).toBe(true)
    expect(emitter.stats()).toMatchObject({ delivered: 1000, pending: 0 })
  },
)

test('a missing batch route is tried again after 10 seconds, then after twice as long, at most after five minutes', async () => {
  const askedAtMs: number[] = []
  const startMs = Date.now()
  let isDeployed = false
  const { receiver, emitAll } = start(({ isBatch }) => {
    if (!isBatch || isDeployed) return undefined
    askedAtMs.push(Date.now() - startMs)
    return { status: 404 }
  })
  for (let seconds = 0; seconds < 1300; seconds += 1) {
    await emitAll(3)
    await vi.advanceTimersByTimeAsync(1000)
  }
  const waitsMs = askedAtMs.slice(1).map((askedMs, index) => askedMs - (askedAtMs[index] ?? 0))
  expect(waitsMs.map((waitMs) => Math.floor(waitMs / 1000))).toEqual([10, 20, 40, 80, 160, 300, 300, 300])
  expect(receiver.stored.size).toBe(3900)

  isDeployed = true
  await vi.advanceTimersByTimeAsync(300_000)
  const before = receiver.requests.length
  await emitAll(3)
  await vi.runAllTimersAsync()
  expect(sizes(receiver.requests.slice(before))).toEqual([3])
})

test('a batch route that is missing for a moment, after working for long, is tried again after 10 seconds', async () => {
  let isMissing = false
  const { receiver, emitAll } = start(({ isBatch }) => (isBatch && isMissing ? { status: 404 } : undefined))
  for (let outage = 0; outage < 3; outage += 1) {
    isMissing = true
    await emitAll(3)
    await vi.advanceTimersByTimeAsync(100)
    isMissing = false
    await vi.advanceTimersByTimeAsync(10_000)
    const before = receiver.requests.length
    await emitAll(3)
    await vi.advanceTimersByTimeAsync(400_000)
    expect(sizes(receiver.requests.slice(before))).toEqual([3])
  }
})

test('a batch route that responds in between is tried again after 10 seconds, however often a proxy says 404 for it', async () => {
  let isProxyWrong = false
  const { receiver, emitAll } = start(({ isBatch }) => {
    if (!isBatch || !isProxyWrong) return undefined
    isProxyWrong = false
    return { status: 404 }
  })
  for (let minute = 0; minute < 5; minute += 1) {
    isProxyWrong = true
    await emitAll(3)
    await vi.advanceTimersByTimeAsync(10_500)
    const before = receiver.requests.length
    await emitAll(3)
    await vi.advanceTimersByTimeAsync(49_500)
    expect(sizes(receiver.requests.slice(before)), `minute ${minute}`).toEqual([3])
  }
})

test.each([
  ['batches', {}, undefined],
  ['one by one', { batch: { maxEvents: 1 } }, undefined],
  ['after a missing batch route', {}, 404],
])(
  'never more than 3 requests are under way at once when 3 are allowed: %s',
  async (_, options, batchStatus) => {
    let underWay = 0
    let most = 0
    const { receiver, emitAll } = start(
      async ({ isBatch }) => {
        underWay += 1
        most = Math.max(most, underWay)
        await new Promise((resolve) => setTimeout(resolve, 50))
        underWay -= 1
        return isBatch && batchStatus !== undefined ? { status: batchStatus } : undefined
      },
      { maxConcurrentRequests: 3, ...options },
    )
    await emitAll(2500)
    await vi.advanceTimersByTimeAsync(100_000)
    expect(receiver.stored.size).toBe(2500)
    expect(most).toBe(3)
  },
)

test('a batch never exceeds 2 MiB, whatever the size of its events', async () => {
  const { emitter, receiver } = start()
  const errorMessage = 'é'.repeat(499)
  for (let index = 0; index < 500; index += 1) {
    void emitter.emit('tenant.created', {
      tenantId: `tenant-${index}`,
      siteUrl: null,
      email: `${'ü'.repeat(300)}@example.com`,
    })
    void emitter.emit('scan.failed', { tenantId: 't', jobId: `job-${index}`, mediaCount: 1, errorMessage })
  }
  await vi.runAllTimersAsync()
  expect(receiver.stored.size).toBe(1000)
  for (const { body } of receiver.requests) expect(Buffer.byteLength(body)).toBeLessThanOrEqual(2_097_152)
})

test('batch.maxEvents 1 never uses the batch route', async () => {
  const { receiver, emitAll } = start(undefined, { batch: { maxEvents: 1 } })
  await emitAll(20)
  await vi.runAllTimersAsync()
  expect(receiver.requests.some(({ isBatch }) => isBatch)).toBe(false)
  expect(receiver.stored.size).toBe(20)
})

test('an event that waits for its retry does not hold up the others', async () => {
  const { receiver, emitter, emitAll } = start(
    ({ body }) => (body.includes('job-0"') ? { status: 503 } : undefined),
    {
      batch: { maxEvents: 1 },
      maxConcurrentRequests: 1,
    },
  )
  await emitAll(30)
  await vi.advanceTimersByTimeAsync(500)
  expect(receiver.stored.size).toBe(29)
  expect(emitter.stats()).toMatchObject({ delivered: 29, pending: 1 })
})
