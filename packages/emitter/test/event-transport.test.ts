import {
  type AttemptReport,
  createEmitter,
  type EmitterOptions,
  type EventTransport,
  type TransportEmitterOptions,
} from '@altcontext/webhook-emitter'
import { expect, test } from 'vitest'
import { adminKey, createStubReceiver, scan, url } from './stub-receiver.ts'

/** A transport that returns what the test says, and keeps what it was given. */
const createStubTransport = (
  respond: (...args: [...Parameters<EventTransport['send']>, number]) => unknown,
) => {
  const sent: string[][] = []
  const stub = {
    sent,
    isClosed: false,
    async send(events, attempt) {
      sent.push(events.map(({ id }) => id))
      return (await respond(events, attempt, sent.length)) as Awaited<ReturnType<EventTransport['send']>>
    },
    async close() {
      stub.isClosed = true
    },
  } satisfies EventTransport & Record<string, unknown>
  return stub
}

const start = (
  respond: Parameters<typeof createStubTransport>[0],
  options: Partial<TransportEmitterOptions> = {},
) => {
  const transport = createStubTransport(respond)
  const attempts: AttemptReport[] = []
  const emitter = createEmitter({
    transport,
    retry: { delaysMs: [1, 1, 1] },
    onAttempt: (report) => attempts.push(report),
    ...options,
  } as TransportEmitterOptions)
  return { emitter, transport, attempts }
}

const stored: Parameters<typeof createStubTransport>[0] = (events) =>
  events.map(({ id }) => ({ status: 'stored', eventId: id }))

test('an event is settled by the result that the transport returns', async () => {
  const { emitter, transport } = start(stored)
  await using _ = emitter
  expect(await emitter.deliver('scan.completed', scan())).toMatchObject({ status: 'stored' })
  expect(transport.sent).toHaveLength(1)
  await emitter.close()
  expect(transport.isClosed).toBe(true)
})

test('each event of a batch has its own result, and only those with retry are sent again', async () => {
  const { emitter, transport, attempts } = start((events, _attempt, number) =>
    events.map(({ id }, index) => {
      if (number > 1) return { status: 'duplicate', eventId: id }
      if (index === 0) return { status: 'stored', eventId: id }
      if (index === 1) return { status: 'retry', error: 'no_receipt' }
      return {
        status: 'invalid',
        error: 'invalid_request',
        issues: [{ path: 'payload.jobId', message: 'no' }],
      }
    }),
  )
  await using _ = emitter
  const outcomes = await Promise.all(
    ['a', 'b', 'c'].map((job) => emitter.deliver('scan.completed', scan(job))),
  )
  expect(outcomes).toMatchObject([
    { status: 'stored' },
    { status: 'duplicate' },
    { status: 'dead', reason: 'refused', detail: 'invalid_request (payload.jobId)' },
  ])
  expect(transport.sent.map(({ length }) => length)).toEqual([3, 1])
  expect(attempts.find(({ outcome }) => outcome === 'retry')).toMatchObject({
    error: 'no_receipt',
    status: undefined,
  })
  expect(emitter.stats()).toMatchObject({ accepted: 3, delivered: 1, duplicate: 1, dead: 1, pending: 0 })
})

test('an error that the transport throws is one failed attempt, named by its code', async () => {
  const { emitter, attempts } = start((events, attempt, number) => {
    if (number === 1) throw Object.assign(new Error('nats://10.1.2.3:4222 is away'), { code: 'BROKER_AWAY' })
    return stored(events, attempt, number)
  })
  await using _ = emitter
  expect(await emitter.deliver('scan.completed', scan())).toMatchObject({ status: 'stored' })
  expect(attempts.map(({ error }) => error)).toEqual(['BROKER_AWAY', undefined])
})

test('fewer results than events settle nothing', async () => {
  const { emitter, attempts } = start((events, attempt, number) =>
    number === 1 ? [] : stored(events, attempt, number),
  )
  await using _ = emitter
  expect(await emitter.deliver('scan.completed', scan())).toMatchObject({ status: 'stored' })
  expect(attempts[0]).toMatchObject({ outcome: 'retry', error: 'malformed_response' })
})

test('close ends a send that hangs, and the event is not settled', async () => {
  const { emitter, transport } = start(
    (_events, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true })
      }),
  )
  await emitter.emit('scan.completed', scan())
  expect(await emitter.close({ timeoutMs: 1 })).toEqual({ isComplete: false, pending: 0, dropped: 1 })
  expect(transport.isClosed).toBe(true)
})

test('without an address the receiver cannot be asked, with one it is asked over HTTP', async () => {
  const without = start(stored)
  await using _ = without.emitter
  expect(await without.emitter.verify()).toEqual({ status: 'unavailable', error: 'no_receiver_address' })
  await expect(without.emitter.reconcile()).rejects.toThrow('its address is not known')

  const receiver = createStubReceiver()
  const { emitter, transport } = start(stored, { url, adminKey, fetch: receiver.fetch })
  await using __ = emitter
  await emitter.verify()
  expect(receiver.requests.map(({ path }) => path)).toEqual(['/hooks/verify'])
  expect(await emitter.deliver('scan.completed', scan())).toMatchObject({ status: 'stored' })
  expect([transport.sent.length, receiver.requests.length]).toEqual([1, 1])
})

test.each([
  [{ transport: {} }, 'transport is an object, expected a transport such as jetStream()'],
  [{ transport: createStubTransport(stored), url }, 'url and adminKey belong together, give both or neither'],
  [
    { transport: createStubTransport(stored), timeout: 1 },
    'timeout is not an option; did you mean timeoutMs?',
  ],
])('wrong options are refused: %j', (options, problem) => {
  expect(() => createEmitter(options as unknown as EmitterOptions)).toThrow(
    `Failed to create an emitter: ${problem}. Correct the options.`,
  )
})
