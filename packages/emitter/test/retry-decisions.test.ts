import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { startEmitter } from './start-emitter.ts'
import { type StubReply, scan } from './stub-receiver.ts'

interface RetryDecisions {
  now: string
  eventId: string
  vectors: {
    title: string
    response: { status?: number; headers?: Record<string, string>; body?: unknown; networkError?: string }
    decision: 'delivered' | 'retry' | 'pause' | 'dead'
    waitAtLeastMs?: number
  }[]
}

const file = new URL(
  'vectors/retry-decisions.json',
  import.meta.resolve('@altcontext/webhook-contract/package.json'),
)
const { now, eventId, vectors } = JSON.parse(readFileSync(file, 'utf8')) as RetryDecisions

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse(now) })
})
afterEach(() => {
  vi.useRealTimers()
})

const decisionOf = {
  stored: 'delivered',
  duplicate: 'delivered',
  retry: 'retry',
  paused: 'pause',
  dead: 'dead',
}

test.each(vectors)('$title ($decision)', async ({ response, decision, waitAtLeastMs = 0 }) => {
  const { status, networkError, ...rest } = response
  const reply = (): StubReply | Promise<StubReply> => {
    if (status !== undefined) return { status, ...rest }
    if (networkError === 'timeout') return new Promise(() => {})
    const cause = Object.assign(new Error('read'), { code: networkError })
    return { failure: new TypeError('fetch failed', { cause }) }
  }
  const { emitter, attempts, receiver } = startEmitter(({ number }) => (number === 1 ? reply() : undefined))
  void emitter.emit('scan.completed', scan(), { eventId })
  await vi.advanceTimersByTimeAsync(10_100)
  expect(attempts.map(({ outcome }) => decisionOf[outcome])[0]).toBe(decision)
  if (networkError !== undefined) expect(attempts[0]?.error).toBe(networkError)
  await vi.advanceTimersByTimeAsync(30_000)
  const isTriedAgain = decision === 'retry' || decision === 'pause'
  expect(receiver.requests).toHaveLength(isTriedAgain ? 2 : 1)
  const [waitedMs = 0] = receiver.waits()
  if (isTriedAgain) expect(waitedMs).toBeGreaterThanOrEqual(Math.max(1000, waitAtLeastMs))
  const { delivered, duplicate, dead } = emitter.stats()
  expect({ delivered: delivered + duplicate, dead }).toEqual(
    decision === 'dead' ? { delivered: 0, dead: 1 } : { delivered: 1, dead: 0 },
  )
})
