import { type createEmitter, createMemoryOutbox } from '@altcontext/webhook-emitter'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { startEmitter } from './start-emitter.ts'
import { type StubReply, scan } from './stub-receiver.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

interface Line {
  level: string
  details: Record<string, unknown>
  message: string
}

/** An emitter with the user's own logger, and its lines. */
const start = (
  reply?: () => StubReply | undefined,
  options: Partial<Parameters<typeof createEmitter>[0]> = {},
) => {
  const lines: Line[] = []
  const log = (level: string) => (details: object, message: string) => {
    lines.push({ level, details: details as Line['details'], message })
  }
  const logger = { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') }
  const linesOf = (level: string) => lines.filter((line) => line.level === level)
  return { lines, linesOf, ...startEmitter(reply, { logger, ...options }) }
}

test('a receiver that is unavailable for two minutes is a warning at once and then one per minute, with a count', async () => {
  const { emitter, linesOf } = start(
    () => ({ failure: Object.assign(new Error(), { code: 'ECONNREFUSED' }) }),
    { retry: { delaysMs: Array(200).fill(1000) } },
  )
  for (let index = 0; index < 50; index += 1) await emitter.emit('scan.completed', scan(`job-${index}`))
  await vi.advanceTimersByTimeAsync(120_500)
  expect(linesOf('warn').map(({ message }) => message)).toEqual(
    Array(3).fill('An event could not be delivered and will be tried again'),
  )
  expect(linesOf('warn')[0]?.details).toMatchObject({ error: 'ECONNREFUSED', attempt: 1, nextDelayMs: 1000 })
  expect(linesOf('warn')[0]?.details).not.toHaveProperty('count')
  const counts = linesOf('warn').map(({ details }) => Number(details.count ?? 1))
  await Promise.all([emitter.close({ timeoutMs: 1 }), vi.advanceTimersByTimeAsync(10)])
  counts.push(
    ...linesOf('warn')
      .slice(3)
      .map(({ details }) => Number(details.count)),
  )
  // Every attempt can be found at the debug level.
  const attempts = linesOf('debug').filter(({ message }) => message === 'Attempted to deliver an event')
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(attempts.length)
  expect(attempts.length).toBeGreaterThan(50 * 120)
})

test('two causes are two warnings', async () => {
  let status = 503
  const other = (): StubReply => {
    status = status === 503 ? 500 : 503
    return { status }
  }
  const { linesOf, emitter } = start(other, {
    retry: { delaysMs: Array(20).fill(1000) },
  })
  await emitter.emit('scan.completed', scan())
  await vi.advanceTimersByTimeAsync(10_000)
  expect(linesOf('warn').map(({ details }) => details.error)).toEqual(['http_500', 'http_503'])
})

test('events that will not be delivered are one error per cause and minute, and each has a debug line of its own', async () => {
  const { emitter, linesOf, dead } = start(
    () => ({
      status: 400,
      body: { ok: false, error: 'invalid_request', issues: [{ path: 'payload', message: 'no' }] },
    }),
    {
      batch: { maxEvents: 1 },
    },
  )
  for (let index = 0; index < 20; index += 1) await emitter.emit('scan.completed', scan(`job-${index}`))
  await vi.advanceTimersByTimeAsync(61_000)
  expect(dead).toHaveLength(20)
  const isLoss = ({ message }: Line) => message === 'An event will not be delivered'
  expect(
    linesOf('error')
      .filter(isLoss)
      .map(({ details }) => details.count),
  ).toEqual([undefined, 19])
  expect(
    linesOf('debug')
      .filter(isLoss)
      .map(({ details }) => details.eventId),
  ).toEqual(dead.map(({ eventId }) => eventId))
})

test('a full outbox in memory is one error per minute, with a count', async () => {
  const { emitter, linesOf } = start(() => ({ status: 503 }), {
    outbox: createMemoryOutbox({ maxEvents: 10 }),
  })
  for (let index = 0; index < 1000; index += 1) await emitter.emit('scan.completed', scan(`job-${index}`))
  await vi.advanceTimersByTimeAsync(60_000)
  const full = linesOf('error').filter(({ details }) => details.reason === 'queue_full')
  expect(full.map(({ details }) => details.count)).toEqual([undefined, 989])
})
