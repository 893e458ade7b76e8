import assert from 'node:assert/strict'
import { contractLimits } from '@altcontext/webhook-contract'
import type { SeenRequest } from '../receiver-double/event-spy.ts'
import { type EmitterCheck, type EmitterSession, isRightOnce, withEmitter } from './emitter-session.ts'

/** Emits events while the first ones keep the emitter busy, so that the others can travel together. */
const emitMany = ({ emitBurst, newEvent }: EmitterSession, count: number) =>
  emitBurst(Array.from({ length: count }, () => newEvent()))

const isDelivered = async ({ receiver, patienceMs }: EmitterSession, count: number) => {
  await receiver.waitFor(({ stored }) => stored.length >= count, { timeoutMs: patienceMs })
  assert.equal(receiver.stored.length, count, `Expected ${count} events, got ${receiver.stored.length}`)
}

const countEvents = (requests: readonly SeenRequest[]): number =>
  requests.reduce(
    (sum, { isBatch, body }) =>
      sum + (isBatch ? (JSON.parse(body) as { events: unknown[] }).events.length : 1),
    0,
  )

/**
 * A batch with a result "retry" for its first event. Resolves with what is wrong if others were sent again: an emitter that stood still with its
 * machine may have given up the whole request.
 */
const lookForRepeatedEvents = async (session: EmitterSession, look: number): Promise<string[]> => {
  const { receiver } = session
  const before = receiver.requests.length
  receiver.failNext({ kind: 'retry-first' }, { route: 'batch' })
  await emitMany(session, 30)
  await isDelivered(session, 30 * look)
  const requests = receiver.requests.slice(before)
  const sent = new Map<string, number>()
  for (const { isBatch, body, headers } of requests) {
    const ids = isBatch
      ? (JSON.parse(body) as { events: { id: string }[] }).events.map(({ id }) => id)
      : [headers['webhook-id'] ?? '']
    for (const id of ids) sent.set(id, (sent.get(id) ?? 0) + 1)
  }
  const repeated = [...sent.values()].filter((times) => times > 1).length
  const hadBatch = requests.some(({ isBatch }) => isBatch)
  return repeated === (hadBatch ? 1 : 0) ? [] : [`Expected one event to be sent twice, got ${repeated}`]
}

/** How events travel together. An emitter that sends no batches keeps these promises with single requests. */
export const emitterBatchChecks: readonly EmitterCheck[] = [
  {
    name: 'keeps-batches-within-limits',
    title: 'A burst of 1200 events travels in batches of at most 500, each event with its id',
    run: withEmitter(async (session) => {
      await emitMany(session, 1200)
      await isDelivered(session, 1200)
      for (const { isBatch, body } of session.receiver.requests) {
        if (!isBatch) continue
        const { events } = JSON.parse(body) as { events: { id?: string }[] }
        assert.ok(
          events.length <= contractLimits.maxBatchEvents,
          `Expected at most 500 events, got ${events.length}`,
        )
        assert.ok(
          events.every(({ id }) => id !== undefined),
          'Expected an id beside each event of a batch',
        )
      }
    }),
  },
  {
    name: 'does-without-a-batch-route',
    title: 'A receiver without the batch route (404) gets the events one by one',
    run: withEmitter(async (session) => {
      session.receiver.failNext({ kind: 'status', status: 404 }, { times: 100, route: 'batch' })
      await emitMany(session, 30)
      await isDelivered(session, 30)
    }),
  },
  {
    name: 'halves-large-batches',
    title: 'A batch that gets 413 is sent again in smaller batches, and nothing is lost',
    run: withEmitter(async (session) => {
      session.receiver.failNext({ kind: 'status', status: 413 }, { times: 2, route: 'batch' })
      await emitMany(session, 40)
      await isDelivered(session, 40)
    }),
  },
  {
    name: 'repeats-batches-under-the-same-ids',
    title: 'A batch whose response was lost is sent again with the same ids, and every event is stored once',
    run: withEmitter(async (session) => {
      session.receiver.failNext({ kind: 'lost-response' }, { route: 'batch' })
      await emitMany(session, 30)
      await isDelivered(session, 30)
      // Some of the first events may go alone: the batch has been repeated once more events have travelled than were emitted.
      await session.receiver.waitFor(
        ({ requests }) => requests.every(({ isBatch }) => !isBatch) || countEvents(requests) > 30,
        { timeoutMs: session.patienceMs },
      )
      await isDelivered(session, 30)
    }),
  },
  {
    name: 'repeats-only-what-may-be-repeated',
    title: 'Only the events of a batch whose result is "retry" are sent again',
    run: withEmitter((session) => isRightOnce((look) => lookForRepeatedEvents(session, look))),
  },
  {
    name: 'matches-results-by-id',
    title: 'Results of a batch that come in another order lose no event',
    run: withEmitter(async (session) => {
      session.receiver.failNext({ kind: 'reversed' }, { route: 'batch' })
      await emitMany(session, 30)
      await isDelivered(session, 30)
    }),
  },
]
