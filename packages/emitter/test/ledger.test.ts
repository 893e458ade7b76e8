import { createEmitter, createMemoryOutbox, type LostEvent } from '@altcontext/webhook-emitter'
import * as fc from 'fast-check'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { expectBalanced } from './outbox-suite.ts'
import { adminKey, createStubReceiver, type StubReply, type StubRequest, scan, url } from './stub-receiver.ts'

// `npm run fuzz` raises it.
const fuzzFactor = Number(process.env.FUZZ_FACTOR ?? 1)

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

type Behaviour = { kind: string; status: number; retryAfter: number; results: string[] }

const behaviour: fc.Arbitrary<Behaviour> = fc.record({
  kind: fc.constantFrom(
    'ok',
    'ok',
    'status',
    'status',
    'network',
    'malformed',
    'per_event',
    'committed_but_lost',
  ),
  status: fc.constantFrom(302, 400, 401, 404, 405, 408, 413, 425, 429, 500, 503),
  retryAfter: fc.integer({ min: 0, max: 400 }),
  results: fc.array(fc.constantFrom('stored', 'stored', 'invalid', 'retry'), { minLength: 1, maxLength: 8 }),
})

const toReply = (
  step: Behaviour,
  { isBatch, ids }: StubRequest,
  stored: Set<string>,
): StubReply | undefined => {
  if (step.kind === 'status') {
    return {
      status: step.status,
      headers: step.retryAfter % 2 ? { 'retry-after': String(step.retryAfter) } : {},
    }
  }
  if (step.kind === 'network') return { failure: new TypeError('fetch failed') }
  if (step.kind === 'malformed') return { status: 200, body: { ok: true, results: [] } }
  if (step.kind === 'committed_but_lost') {
    for (const id of ids) stored.add(id)
    return { failure: new TypeError('fetch failed') }
  }
  if (step.kind !== 'per_event' || !isBatch) return undefined
  const results = ids.map((_, index) => {
    const status = step.results[index % step.results.length] ?? 'stored'
    return status === 'stored' ? { status } : { status, error: 'some_error', issues: [] }
  })
  return { results }
}

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ emit: fc.integer({ min: 1, max: 12 }) }) },
  { weight: 3, arbitrary: fc.record({ wait: fc.integer({ min: 1, max: 40_000 }) }) },
)

test('accepted = delivered + duplicate + pending + dead + dropped at every moment, whatever the receiver does', {
  tags: ['fuzz'],
  timeout: 180_000 * fuzzFactor,
}, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(behaviour, { minLength: 1, maxLength: 40 }),
      fc.array(step, { maxLength: 15 }),
      fc.constantFrom('drop-newest' as const, 'drop-oldest' as const),
      fc.boolean(),
      async (behaviours, steps, overflow, isClosedEarly) => {
        vi.clearAllTimers()
        const lost: LostEvent[] = []
        const ids: string[] = []
        let accepted = 0
        const check = () => {
          const counts = emitter.stats()
          expectBalanced(counts)
          expect(counts.accepted).toBe(accepted)
        }
        const receiver = createStubReceiver((request) => {
          check()
          const next = behaviours[request.number - 1]
          return next && toReply(next, request, receiver.stored)
        })
        const emitter = createEmitter({
          url,
          adminKey,
          fetch: receiver.fetch,
          outbox: createMemoryOutbox({ maxEvents: 25, overflow }),
          onAttempt: () => check(),
          onDead: (event) => lost.push(event),
        })
        for (const current of steps) {
          if ('wait' in current) await vi.advanceTimersByTimeAsync(current.wait)
          else {
            for (let index = 0; index < current.emit; index += 1) {
              accepted += 1
              const { eventId } = await emitter.emit('scan.completed', scan(`job-${accepted}`))
              ids.push(eventId)
              check()
            }
          }
          check()
        }
        const end = isClosedEarly ? emitter.close({ timeoutMs: 3000 }) : emitter.flush({ timeoutMs: 1e8 })
        await vi.runAllTimersAsync()
        const report = await end
        check()
        const { delivered, duplicate, pending, dead, dropped } = emitter.stats()
        expect(pending).toBe(0)
        expect(report.pending).toBe(0)
        expect(lost).toHaveLength(dead + Object.values(dropped).reduce((sum, count) => sum + count, 0))
        expect(new Set(lost.map(({ eventId }) => eventId)).size).toBe(lost.length)
        expect(receiver.stored.size).toBeGreaterThanOrEqual(delivered + duplicate)
        expect(delivered + duplicate + lost.length).toBe(accepted)
        const lostIds = new Set(lost.map(({ eventId }) => eventId))
        expect(ids.filter((id) => !lostIds.has(id) && !receiver.stored.has(id))).toEqual([])
        const closed = emitter.close()
        await vi.runAllTimersAsync()
        await closed
        expect(vi.getTimerCount()).toBe(0)
      },
    ),
    { numRuns: 15 * fuzzFactor },
  )
})
