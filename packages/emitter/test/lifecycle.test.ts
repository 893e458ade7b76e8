import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMemoryOutbox, EmitterError } from '@altcontext/webhook-emitter'
import { createSqliteOutbox } from '@altcontext/webhook-emitter/sqlite'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { startEmitter } from './start-emitter.ts'
import { scan } from './stub-receiver.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

test('flush resolves when everything is settled, including retries', async () => {
  const { emitter, receiver } = startEmitter(({ number }) => (number <= 2 ? { status: 503 } : undefined))
  await emitter.emit('scan.completed', scan())
  const flushed = emitter.flush()
  await vi.advanceTimersByTimeAsync(6100)
  expect(await flushed).toEqual({ isComplete: true, pending: 0, dropped: 0 })
  expect(receiver.stored.size).toBe(1)
})

test('flush gives up at its deadline and says what is pending, and delivery goes on', async () => {
  const { emitter } = startEmitter(({ number }) => (number <= 3 ? { status: 503 } : undefined))
  await emitter.emit('scan.completed', scan())
  const flushed = emitter.flush({ timeoutMs: 5000 })
  await vi.advanceTimersByTimeAsync(5000)
  expect(await flushed).toEqual({ isComplete: false, pending: 1, dropped: 0 })
  await vi.advanceTimersByTimeAsync(40_000)
  expect(emitter.stats()).toMatchObject({ delivered: 1, pending: 0 })
})

test('flush of an idle emitter resolves at once', async () => {
  const { emitter } = startEmitter()
  const flushed = emitter.flush()
  await vi.advanceTimersByTimeAsync(0)
  expect(await flushed).toEqual({ isComplete: true, pending: 0, dropped: 0 })
})

test('flush does not wait for the long retries of a durable outbox', async () => {
  const { emitter } = startEmitter(() => ({ status: 503 }), {
    outbox: { ...createMemoryOutbox(), isDurable: true },
  })
  await emitter.emit('scan.completed', scan())
  const flushed = emitter.flush()
  await vi.advanceTimersByTimeAsync(37_000)
  expect(await flushed).toEqual({ isComplete: false, pending: 1, dropped: 0 })
})

test('close delivers what is queued, and then refuses events', async () => {
  const { emitter, receiver } = startEmitter()
  await emitter.emit('scan.completed', scan())
  const closed = emitter.close()
  await expect(emitter.emit('scan.completed', scan())).rejects.toThrow(
    'Failed to emit scan.completed: the emitter is closed. Emit before close().',
  )
  await expect(emitter.deliver('scan.completed', scan())).rejects.toBeInstanceOf(EmitterError)
  await vi.runAllTimersAsync()
  expect(await closed).toEqual({ isComplete: true, pending: 0, dropped: 0 })
  expect(receiver.stored.size).toBe(1)
  expect(vi.getTimerCount()).toBe(0)
})

test('close during a retry waits for its deadline, then drops what memory cannot keep, and says so', async () => {
  const { emitter, receiver, dead } = startEmitter(() => ({ status: 503 }))
  const outcome = emitter.deliver('scan.completed', scan())
  await vi.advanceTimersByTimeAsync(6500)
  const closed = emitter.close({ timeoutMs: 4000 })
  await vi.advanceTimersByTimeAsync(4000)
  expect(await closed).toEqual({ isComplete: false, pending: 0, dropped: 1 })
  expect(await outcome).toMatchObject({ status: 'dropped', reason: 'closed' })
  expect(dead).toMatchObject([{ reason: 'closed' }])
  expect(receiver.requests).toHaveLength(3)
  expect(emitter.stats()).toMatchObject({ accepted: 1, pending: 0, dropped: { closed: 1 } })
  expect(vi.getTimerCount()).toBe(0)
})

test('close during a retry delivers the event if there is enough time', async () => {
  const { emitter } = startEmitter(({ number }) => (number <= 2 ? { status: 503 } : undefined))
  await emitter.emit('scan.completed', scan())
  const closed = emitter.close()
  await vi.advanceTimersByTimeAsync(6100)
  expect(await closed).toEqual({ isComplete: true, pending: 0, dropped: 0 })
})

test('close during a request ends it, and the event is dropped from memory', async () => {
  const { emitter, dead } = startEmitter(undefined, {
    fetch: (input) =>
      new Promise((_, reject) => {
        const { signal } = input as Request
        signal.addEventListener('abort', () => reject(signal.reason))
      }),
  })
  await emitter.emit('scan.completed', scan())
  const closed = emitter.close({ timeoutMs: 1000 })
  await vi.advanceTimersByTimeAsync(1000)
  expect(await closed).toEqual({ isComplete: false, pending: 0, dropped: 1 })
  expect(dead).toHaveLength(1)
  expect(vi.getTimerCount()).toBe(0)
})

test('close while a 429 pauses the sender drops the events that wait for its end', async () => {
  const { emitter } = startEmitter(() => ({ status: 429, headers: { 'retry-after': '60' } }))
  await emitter.emit('scan.completed', scan('job-1'))
  await vi.advanceTimersByTimeAsync(10)
  await emitter.emit('scan.completed', scan('job-2'))
  const closed = emitter.close({ timeoutMs: 1000 })
  await vi.advanceTimersByTimeAsync(1000)
  expect(await closed).toMatchObject({ isComplete: false, dropped: 2 })
  expect(vi.getTimerCount()).toBe(0)
})

test('a durable outbox gets back what close could not deliver: nothing is dropped, deliver resolves as pending', async () => {
  const memory = createMemoryOutbox()
  const closed = vi.fn()
  const { emitter, dead } = startEmitter(() => ({ status: 503 }), {
    outbox: { ...memory, isDurable: true, close: closed },
  })
  const outcome = emitter.deliver('scan.completed', scan())
  await vi.advanceTimersByTimeAsync(1500)
  const report = emitter.close({ timeoutMs: 1000 })
  await vi.advanceTimersByTimeAsync(1000)
  expect(await report).toEqual({ isComplete: false, pending: 1, dropped: 0 })
  expect(await outcome).toMatchObject({ status: 'pending' })
  expect(dead).toEqual([])
  expect(closed).toHaveBeenCalledOnce()
  expect(await memory.claim({ maxEvents: 1, leaseMs: 1000 })).toMatchObject([{ attempts: 2 }])
  memory.close()
})

test('events that an earlier process left in a durable outbox are delivered at the start', async () => {
  const memory = createMemoryOutbox()
  memory.accept({ id: '0198c0de-0000-7000-8000-000000000009', eventType: 'scan.completed', body: '{"a":1}' })
  const { receiver } = startEmitter(undefined, { outbox: memory })
  await vi.advanceTimersByTimeAsync(10)
  expect([...receiver.stored]).toEqual(['0198c0de-0000-7000-8000-000000000009'])
})

test('closing twice closes once', async () => {
  const { emitter } = startEmitter()
  const reports = Promise.all([emitter.close(), emitter.close()])
  await vi.runAllTimersAsync()
  const [first, second] = await reports
  expect(first).toBe(second)
})

test('await using closes the emitter', async () => {
  vi.useRealTimers()
  const { emitter, receiver } = startEmitter()
  {
    await using scoped = emitter
    await scoped.emit('scan.completed', scan())
  }
  expect(receiver.stored.size).toBe(1)
  await expect(emitter.emit('scan.completed', scan())).rejects.toMatchObject({ code: 'closed' })
})

test.each(['claim', 'settle'] as const)(
  'an outbox whose %s fails once is asked again, and nothing is lost',
  async (name) => {
    const memory = createMemoryOutbox()
    const logged: object[] = []
    const log = (details: object) => logged.push(details)
    let calls = 0
    const failOnce = (argument: never) => {
      calls += 1
      if (calls === 1) throw new Error('SQLITE_BUSY near ada@example.com')
      return memory[name](argument)
    }
    const { emitter, receiver } = startEmitter(undefined, {
      outbox: { ...memory, [name]: failOnce },
      logger: { debug: log, info: log, warn: log, error: log },
    })
    await emitter.emit('scan.completed', scan('job-1'))
    await vi.advanceTimersByTimeAsync(46_000)
    await emitter.emit('scan.completed', scan('job-2'))
    await vi.advanceTimersByTimeAsync(1000)
    expect(logged).toContainEqual({ operation: name, error: 'Error' })
    expect(receiver.stored.size).toBe(2)
    expect(emitter.stats()).toMatchObject({ accepted: 2, pending: 0 })
  },
)

test('a lease is renewed as long as its event waits', async () => {
  const memory = createMemoryOutbox()
  const renewed: number[] = []
  const { emitter, receiver } = startEmitter(
    ({ number }) => (number === 1 ? { status: 429, headers: { 'retry-after': '200' } } : undefined),
    {
      outbox: {
        ...memory,
        renew: (ids, leaseMs) => {
          renewed.push(ids.length)
          return memory.renew(ids, leaseMs)
        },
      },
    },
  )
  await emitter.emit('scan.completed', scan())
  await vi.advanceTimersByTimeAsync(201_000)
  expect(receiver.requests).toHaveLength(2)
  expect(renewed).toEqual(Array(13).fill(1))
})

test('deliver resolves as duplicate for an id that a durable outbox has delivered already', async () => {
  vi.useRealTimers()
  const folder = mkdtempSync(join(tmpdir(), 'webhook-emitter-'))
  const outbox = createSqliteOutbox({ path: join(folder, 'outbox.db') })
  const { emitter, receiver } = startEmitter(undefined, { outbox })
  const eventId = randomUUID()
  expect(await emitter.deliver('scan.completed', scan(), { eventId })).toEqual({ eventId, status: 'stored' })
  const again = [1, 2].map(() => emitter.deliver('scan.completed', scan(), { eventId }))
  expect(await Promise.all(again)).toEqual([1, 2].map(() => ({ eventId, status: 'duplicate' })))
  expect(receiver.requests).toHaveLength(1)
  expect(emitter.stats()).toMatchObject({ accepted: 1, delivered: 1, duplicate: 0, pending: 0 })
  await emitter.close()
  rmSync(folder, { recursive: true })
})
