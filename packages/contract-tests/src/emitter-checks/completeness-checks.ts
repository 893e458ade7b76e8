import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { completenessLimits, firstIdOf } from '@altcontext/webhook-contract'
import type { EventSpy } from '../receiver-double/event-spy.ts'
import { type EmitterCheck, type EmitterSession, withEmitter } from './emitter-session.ts'

const hourMs = 3_600_000
/** How far apart the clocks of one machine may be, and how old a moment may be when it is checked. */
const toleranceMs = 5000

/** UUIDs of version 7 that were made an hour ago, in order. */
const idsOfLastHour = (count: number): string[] =>
  Array.from({ length: count }, (_, at) => {
    const first = firstIdOf(Date.now() - hourMs + at * 1000)
    return `${first.slice(0, 14)}7${randomUUID().slice(15)}`
  })

/** Emits events under these ids, and waits until they are stored with their producer, which is returned. */
const deliver = async (
  { emitter, newEvent, receiver, patienceMs }: EmitterSession,
  ids: readonly string[],
): Promise<string> => {
  await Promise.all(ids.map((id) => emitter.emit({ ...newEvent(), id })))
  await receiver.waitFor(({ stored }) => stored.length >= ids.length, { timeoutMs: patienceMs })
  const producers = new Set(receiver.stored.map(({ producer }) => producer))
  const [producer] = producers
  assert.ok(
    producers.size === 1 && producer !== undefined,
    `Expected one producer with every event, got ${[...producers]}`,
  )
  return producer
}

/** An event that the receiver has from a producer that does not know it. */
const addStray = async ({ receiver, newEvent }: EmitterSession, producer: string): Promise<void> => {
  const [id] = idsOfLastHour(1)
  const body = JSON.stringify({ producer, events: [{ id, ...newEvent() }] })
  await receiver.respond({ isBatch: true, headers: { ...receiver.requests[0]?.headers }, body })
}

/** Resolves with what `look` finds among the requests that the emitter sends by itself, which come soon. */
const hear = <Found>(
  { receiver, patienceMs }: EmitterSession,
  look: (spy: Pick<EventSpy, 'stored' | 'heartbeats' | 'reconciliations'>) => Found | undefined | false,
): Promise<Found> => receiver.waitFor(look, { timeoutMs: patienceMs })

const proofsOf = ({ reconciliations }: Pick<EventSpy, 'reconciliations'>) =>
  reconciliations.flatMap(({ proof }) => (proof === undefined ? [] : [proof]))

const checks: readonly EmitterCheck[] = [
  {
    name: 'sends-heartbeats',
    title: 'Heartbeats come by themselves: a balanced ledger, and nothing closed within the last two minutes',
    run: withEmitter(async (session) => {
      const producer = await deliver(session, idsOfLastHour(3))
      const beats = await hear(session, ({ heartbeats }) => heartbeats.length >= 2 && heartbeats)
      for (const { ledger, sentAt, closedThrough, producer: sender } of beats) {
        assert.equal(sender, producer, "Expected the producer of the emitter's events in its heartbeats")
        const { accepted, delivered, duplicate, pending, dead, dropped } = ledger
        const sum = Object.values(dropped).reduce((total, count) => total + count, 0)
        assert.equal(accepted, delivered + duplicate + pending + dead + sum, 'Expected a balanced ledger')
        const openMs = Date.parse(sentAt) - Date.parse(closedThrough)
        assert.ok(
          openMs >= completenessLimits.graceMs - toleranceMs,
          `Expected the last two minutes to be open, got ${openMs} ms`,
        )
      }
    }),
  },
  {
    name: 'closes-nothing-behind-what-waits',
    title: 'As long as an event waits, nothing that was accepted after it is closed',
    run: withEmitter(async (session) => {
      session.receiver.failNext({ kind: 'status', status: 401 }, { times: 1000 })
      await session.emitter.emit(session.newEvent())
      const beats = await hear(session, ({ heartbeats }) => {
        const waiting = heartbeats.filter(({ ledger }) => ledger.pending > 0)
        return waiting.length >= 2 && waiting
      })
      const [first, ...later] = beats.map(({ closedThrough }) => Date.parse(closedThrough)) as [number]
      for (const closedMs of later)
        assert.ok(
          Math.abs(closedMs - first) <= 10,
          `Expected the same moment, got ${closedMs - first} ms more`,
        )
    }),
  },
  {
    name: 'compares-what-is-closed-only',
    title: 'Ids of the last two minutes are in no range that is compared with a salt',
    run: withEmitter(async (session) => {
      const nowMs = Date.now()
      const young = `${firstIdOf(nowMs).slice(0, 14)}7${randomUUID().slice(15)}`
      await deliver(session, [...idsOfLastHour(2), young])
      const asked = await hear(
        session,
        (spy) => proofsOf(spy).some(({ compared }) => compared >= 2) && spy.reconciliations,
      )
      const ranges = asked.flatMap(({ salt, ranges }) => (salt === '' ? [] : ranges))
      const open = ranges.find(({ from, to }) => young >= from && (to === null || young < to))
      assert.equal(open, undefined, `Expected no range with ids of now, got ${open?.from} to ${open?.to}`)
    }),
  },
  {
    name: 'repairs-what-was-lost',
    title: 'An event that the receiver has lost is found among a hundred, sent again, and reported as a loss',
    run: withEmitter(async (session) => {
      const ids = idsOfLastHour(100)
      const lost = ids[42] as string
      await deliver(session, ids)
      // Only then has the emitter recorded that all of them are delivered.
      await hear(session, (spy) => proofsOf(spy).some(({ compared }) => compared === ids.length))
      session.receiver.lose(lost)
      await hear(session, ({ stored }) => stored.some(({ eventId }) => eventId === lost))
      const proof = await hear(session, (spy) => proofsOf(spy).find((one) => one.lost + one.raced > 0))
      const { raced, compared, unrepaired, unexplained, gaps } = proof
      assert.deepEqual(
        { lost: proof.lost, raced, compared, unrepaired, unexplained, gaps },
        { lost: 1, raced: 0, compared: 100, unrepaired: 0, unexplained: 0, gaps: [] },
      )
      const repaired = session.receiver.stored.filter(({ eventId }) => eventId === lost)
      assert.equal(repaired.length, 1, 'Expected the lost event once')
    }),
  },
  {
    name: 'names-what-only-the-receiver-has',
    title: 'An event that only the receiver has is not a loss, and is counted as unexplained',
    run: withEmitter(async (session) => {
      const producer = await deliver(session, idsOfLastHour(3))
      await addStray(session, producer)
      const proof = await hear(session, (spy) => proofsOf(spy).find(({ unexplained }) => unexplained > 0))
      assert.deepEqual({ lost: proof.lost, unexplained: proof.unexplained }, { lost: 0, unexplained: 1 })
    }),
  },
  {
    name: 'finds-another-event-in-place-of-a-lost-one',
    title: 'When the receiver has as many events as were delivered, but not the same ones, both are named',
    run: withEmitter(async (session) => {
      const ids = idsOfLastHour(100)
      const producer = await deliver(session, ids)
      await hear(session, (spy) => proofsOf(spy).some(({ compared }) => compared === ids.length))
      await addStray(session, producer)
      session.receiver.lose(ids[42] as string)
      await hear(session, ({ stored }) => stored.some(({ eventId }) => eventId === ids[42]))
    }),
  },
  {
    name: 'draws-a-new-salt',
    title: 'Every comparison by ids has a salt of its own',
    run: withEmitter(async (session) => {
      await deliver(session, idsOfLastHour(3))
      const asked = await hear(session, (spy) => proofsOf(spy).length >= 2 && spy.reconciliations)
      const salts = new Set(asked.flatMap(({ salt, ranges }) => (ranges.length > 0 ? [salt] : [])))
      assert.ok(salts.size >= 2, `Expected two salts of two comparisons, got ${[...salts]}`)
    }),
  },
]

/** The producer's half of docs/completeness.md, for an emitter that declares it. */
export const emitterCompletenessChecks: readonly EmitterCheck[] = checks.map((check) => ({
  ...check,
  applies: ({ completeness }) => completeness,
}))
