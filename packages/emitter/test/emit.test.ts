import { defineContract } from '@altcontext/webhook-contract'
import { createEmitter, EmitterError, isEmitterError, type LostEvent } from '@altcontext/webhook-emitter'
import { expect, test, vi } from 'vitest'
import { z } from 'zod'
import { adminKey, createStubReceiver, scan, url } from './stub-receiver.ts'

const nowMs = Date.parse('2026-02-13T12:00:00Z')
const start = (options: Partial<Parameters<typeof createEmitter>[0]> = {}) => {
  const receiver = createStubReceiver()
  const emitter = createEmitter({ url, adminKey, fetch: receiver.fetch, now: () => nowMs, ...options })
  const sent = (index = 0) => JSON.parse(receiver.requests[index]?.body ?? '')
  return { emitter, receiver, sent }
}

test('emit resolves with a UUIDv7 at once, before anything was sent', async () => {
  const { emitter, receiver } = start()
  const receipt = await emitter.emit('scan.completed', scan())
  expect(receipt).toEqual({
    eventId: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
    status: 'accepted',
  })
  expect(receiver.requests).toHaveLength(0)
  expect(emitter.stats()).toMatchObject({ accepted: 1, pending: 1 })
  await emitter.close()
})

test('the request is the roadmap’s envelope with its headers', async () => {
  const { emitter, receiver, sent } = start()
  const { eventId } = await emitter.deliver('scan.completed', scan())
  const [request] = receiver.requests
  expect(sent()).toEqual({
    eventType: 'scan.completed',
    tenantId: 'tenant-1',
    occurredAt: '2026-02-13T12:00:00.000Z',
    payload: { ...scan(), completedAt: '2026-02-13T12:00:00.000Z' },
  })
  expect(Object.fromEntries(request?.headers ?? [])).toMatchObject({
    'content-type': 'application/json',
    'x-admin-key': adminKey,
    'webhook-id': eventId,
    'webhook-timestamp': String(nowMs / 1000),
  })
  expect(request?.headers.has('webhook-signature')).toBe(false)
})

test.each([
  [
    'the option',
    { ...scan(), completedAt: '2026-01-01T00:00:00Z' },
    { occurredAt: '2025-12-31T23:00:00+01:00' },
    '2025-12-31T22:00:00.000Z',
  ],
  ['a Date', scan(), { occurredAt: new Date('2025-12-31T22:00:00Z') }, '2025-12-31T22:00:00.000Z'],
  [
    'the payload’s own timestamp',
    { ...scan(), completedAt: '2026-01-01T00:00:00.123456+00:00' },
    {},
    '2026-01-01T00:00:00.123Z',
  ],
  ['the clock', scan(), {}, '2026-02-13T12:00:00.000Z'],
])('occurredAt comes from %s', async (_, payload, options, expected) => {
  const { emitter, sent } = start()
  await emitter.deliver('scan.completed', payload, options)
  expect(sent().occurredAt).toBe(expected)
})

test('the caller’s own id is used, and an id emitted twice is one event', async () => {
  const { emitter, receiver } = start()
  const eventId = '0198C0DE-0000-7000-8000-000000000001'
  const first = await emitter.deliver('scan.completed', scan(), { eventId })
  const second = await emitter.deliver('scan.completed', scan(), { eventId })
  expect(first).toEqual({ eventId: eventId.toLowerCase(), status: 'stored' })
  expect(second).toEqual({ eventId: eventId.toLowerCase(), status: 'duplicate' })
  expect(receiver.stored.size).toBe(1)
  expect(emitter.stats()).toMatchObject({ accepted: 2, delivered: 1, duplicate: 1 })
})

test('two callers that wait for the same pending id both get its outcome', async () => {
  const { emitter } = start()
  const eventId = '0198c0de-0000-7000-8000-000000000002'
  const outcomes = await Promise.all([
    emitter.deliver('scan.completed', scan(), { eventId }),
    emitter.deliver('scan.completed', scan(), { eventId }),
  ])
  expect(outcomes).toEqual([
    { eventId, status: 'stored' },
    { eventId, status: 'stored' },
  ])
  expect(emitter.stats().accepted).toBe(1)
})

test('an event that breaks the contract is refused with its issues, logged and not counted', async () => {
  const logged: unknown[] = []
  const log = (details: object, message: string) => logged.push([details, message])
  const { emitter } = start({ logger: { debug: log, info: log, warn: log, error: log } })
  const error = await emitter
    .emit('scan.completed', { ...scan(), mediaCount: -1, durationMs: 1.5 })
    .catch((reason: unknown) => reason)
  expect(isEmitterError(error)).toBe(true)
  expect(error).toMatchObject({ code: 'invalid_event', name: 'EmitterError' })
  expect((error as EmitterError).issues.map(({ path }) => path)).toEqual([
    'payload.mediaCount',
    'payload.durationMs',
  ])
  expect((error as EmitterError).message).toMatch(
    /^Failed to emit scan\.completed: payload\.mediaCount: .+; payload\.durationMs: .+\. Correct the caller\.$/,
  )
  expect(logged).toEqual([
    [
      { eventType: 'scan.completed', issues: (error as EmitterError).issues },
      'An event breaks the contract and was not accepted',
    ],
  ])
  expect(emitter.stats().accepted).toBe(0)
})

test('a refused event that nobody awaits does not end the process', async () => {
  const onUnhandled = vi.fn()
  process.on('unhandledRejection', onUnhandled)
  const { emitter } = start()
  void emitter.emit('scan.completed', { ...scan(), mediaCount: -1 })
  void emitter.deliver('scan.completed', { ...scan(), mediaCount: -1 })
  await new Promise((resolve) => setImmediate(resolve))
  await new Promise((resolve) => setImmediate(resolve))
  process.off('unhandledRejection', onUnhandled)
  expect(onUnhandled).not.toHaveBeenCalled()
})

// Values that JavaScript callers can pass.
test.each([
  ['an unknown type', 'scan.exploded', scan(), {}, 'eventType'],
  ['a type from the prototype', 'constructor', scan(), {}, 'eventType'],
  ['no payload', 'scan.completed', undefined, {}, 'tenantId'],
  ['no tenant', 'scan.completed', { ...scan(), tenantId: undefined }, {}, 'tenantId'],
  ['an id that is not a UUID', 'scan.completed', scan(), { eventId: 'scan-1' }, 'eventId'],
  ['an invalid date', 'scan.completed', scan(), { occurredAt: new Date(Number.NaN) }, 'occurredAt'],
  ['a time next week', 'scan.completed', scan(), { occurredAt: '2026-02-20T12:00:00Z' }, 'occurredAt'],
])('%s is refused at %s', async (_, type, payload, options, path) => {
  const { emitter } = start()
  const emit = emitter.emit as (...args: unknown[]) => Promise<unknown>
  const error = await emit(type, payload, options).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(EmitterError)
  expect((error as EmitterError).issues.map((issue) => issue.path)).toContain(path)
  expect((error as EmitterError).message).not.toContain('exploded')
})

test('an event larger than 64 KiB is refused', async () => {
  const contract = defineContract({
    name: 'shop',
    events: {
      'note.written': {
        description: 'A note.',
        payload: z.object({ text: z.string(), writtenAt: z.iso.datetime().optional() }),
        timestamp: 'writtenAt',
        sample: { text: 'x' },
      },
    },
  })
  const receiver = createStubReceiver()
  const emitter = createEmitter({ url, adminKey, contract, fetch: receiver.fetch })
  await expect(emitter.emit('note.written', { tenantId: 't', text: 'é'.repeat(32_800) })).rejects.toThrow(
    'Failed to emit note.written: payload: Expected at most 65536 bytes as JSON. Correct the caller.',
  )
  expect(await emitter.deliver('note.written', { tenantId: 't', text: 'é'.repeat(32_600) })).toMatchObject({
    status: 'stored',
  })
})

test('fields that the contract does not know never leave the process; free text is redacted', async () => {
  const { emitter, receiver } = start()
  const payload = {
    tenantId: 't',
    jobId: 'j',
    mediaCount: 1,
    errorMessage: 'from ada@example.com',
    secret: 'hush',
  }
  await emitter.deliver('scan.failed', payload)
  expect(receiver.requests[0]?.body).not.toMatch(/hush|ada@example/)
})

test('a full queue drops an event with a receipt, a count, a log line and onDead, and never throws', async () => {
  const { createMemoryOutbox } = await import('@altcontext/webhook-emitter')
  const dead: LostEvent[] = []
  const { emitter } = start({
    outbox: createMemoryOutbox({ maxEvents: 1 }),
    onDead: (event) => dead.push(event),
  })
  await emitter.emit('scan.completed', scan('job-1'))
  const receipt = await emitter.emit('scan.completed', scan('job-2'))
  const outcome = await emitter.deliver('scan.completed', scan('job-3'))
  expect(receipt).toMatchObject({ status: 'dropped', reason: 'queue_full' })
  expect(outcome).toMatchObject({ status: 'dropped', reason: 'queue_full' })
  expect(dead).toMatchObject([
    { eventId: receipt.eventId, reason: 'queue_full' },
    { eventId: outcome.eventId, reason: 'queue_full' },
  ])
  expect(JSON.parse(dead[0]?.body ?? '').payload.jobId).toBe('job-2')
  expect(emitter.stats()).toMatchObject({ accepted: 3, dropped: { queue_full: 2 } })
  await emitter.close()
})

test.each([
  [
    'throws',
    () => {
      throw new Error('disk full')
    },
  ],
  ['rejects', () => Promise.reject(new Error('disk full'))],
])('an outbox that %s drops the event with a count and does not reach the caller', async (_, accept) => {
  const { createMemoryOutbox } = await import('@altcontext/webhook-emitter')
  const dead: LostEvent[] = []
  const outbox = { ...createMemoryOutbox(), accept }
  const { emitter } = start({ outbox, onDead: (event) => dead.push(event) })
  expect(await emitter.emit('scan.completed', scan())).toMatchObject({
    status: 'dropped',
    reason: 'outbox_failed',
  })
  expect(dead).toMatchObject([{ reason: 'outbox_failed' }])
  expect(emitter.stats()).toMatchObject({ accepted: 1, pending: 0, dropped: { outbox_failed: 1 } })
})

test('callbacks and loggers that throw do not disturb delivery', async () => {
  const boom = () => {
    throw new Error('boom')
  }
  const { emitter } = start({
    onAttempt: boom,
    onDead: boom,
    logger: { debug: boom, info: boom, warn: boom, error: boom },
  })
  expect(await emitter.deliver('scan.completed', scan())).toMatchObject({ status: 'stored' })
})

test('an id emitted twice while it waits is sent once from memory, with the receiver down in between', async () => {
  let isDown = true
  const receiver = createStubReceiver(() => (isDown ? { status: 503 } : undefined))
  const { emitter } = start({ fetch: receiver.fetch })
  const eventId = '0198c0de-0000-7000-8000-000000000003'
  const first = emitter.deliver('scan.completed', scan(), { eventId })
  await vi.waitFor(() => expect(receiver.requests.length).toBeGreaterThan(0), 60_000)
  const again = await emitter.emit('scan.completed', scan(), { eventId: eventId.toUpperCase() })
  expect(again).toEqual({ eventId, status: 'accepted' })
  isDown = false
  expect(await first).toMatchObject({ status: 'stored' })
  await emitter.close()
  expect(receiver.stored.size).toBe(1)
  expect(emitter.stats()).toMatchObject({ accepted: 1, delivered: 1, duplicate: 0, pending: 0 })
})
