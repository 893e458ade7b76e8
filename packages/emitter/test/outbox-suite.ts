import { randomUUID } from 'node:crypto'
import type {
  DropReason,
  NewOutboxEvent,
  Outbox,
  OutboxCounts,
  OutboxEvent,
} from '@altcontext/webhook-emitter'
import * as fc from 'fast-check'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

// `npm run fuzz` raises it.
const fuzzFactor = Number(process.env.FUZZ_FACTOR ?? 1)

export interface OutboxUnderTest {
  outbox: Outbox
  /** Lets time pass for this outbox: fake timers, an injected clock, or `UPDATE ... SET due = due - interval`. */
  advance(ms: number): Promise<void>
  /** Removes what the test has created. The outbox is closed already. */
  dispose?(): Promise<void>
}

/** Registers the behaviour that the sender relies on, for any outbox. Each test gets a new, empty one. */
export const testOutbox = (create: () => Promise<OutboxUnderTest>): void => {
  let subject: OutboxUnderTest
  let outbox: Outbox
  let ready: number
  let droppedEvents: { id: string; reason: DropReason }[]

  beforeEach(async () => {
    subject = await create()
    outbox = subject.outbox
    ready = 0
    droppedEvents = []
    outbox.attach({
      onReady: () => {
        ready += 1
      },
      onDropped: ({ id }, reason) => droppedEvents.push({ id, reason }),
    })
  })

  afterEach(async () => {
    await outbox.close()
    await subject.dispose?.()
  })

  const claim = async (maxEvents = 500, leaseMs = 45_000): Promise<OutboxEvent[]> =>
    outbox.claim({ maxEvents, leaseMs })
  const acceptAll = async (events: readonly NewOutboxEvent[]): Promise<void> => {
    for (const event of events) expect(await outbox.accept(event)).toEqual({ status: 'accepted' })
  }

  test('an accepted event is claimed once, whole, with no attempts', async () => {
    const [event] = newEvents(1)
    await acceptAll([event])
    expect(await claim()).toEqual([{ ...event, attempts: 0 }])
    expect(await claim()).toEqual([])
  })

  test('claims return the oldest events first, and no more than asked for', async () => {
    const events = newEvents(5)
    await acceptAll(events)
    expect((await claim(3)).map(idOf)).toEqual(events.slice(0, 3).map(idOf))
    expect((await claim(3)).map(idOf)).toEqual(events.slice(3).map(idOf))
  })

  test('concurrent claims never share an event', async () => {
    const events = newEvents(40)
    await Promise.all(events.map((event) => outbox.accept(event)))
    const claims = await Promise.all(Array.from({ length: 8 }, () => claim(7)))
    const ids = claims.flat().map(idOf)
    expect(new Set(ids).size).toBe(ids.length)
    expect([...ids, ...(await claim()).map(idOf)].sort()).toEqual(events.map(idOf).sort())
  })

  test('the same id accepted twice while it is pending is one event', async () => {
    const [event] = newEvents(1)
    await acceptAll([event, event])
    expect(await claim()).toHaveLength(1)
    expect(outbox.counts()).toMatchObject({ accepted: 1, pending: 1 })
  })

  test('settled events are counted by their outcome and never claimed again', async () => {
    const events = newEvents(4)
    await acceptAll(events)
    const [a, b, c, d] = (await claim()).map(idOf) as [string, string, string, string]
    await outbox.settle([
      { id: a, status: 'stored', attempts: 1 },
      { id: b, status: 'duplicate', attempts: 1 },
      { id: c, status: 'dead', attempts: 1, reason: 'refused', detail: 'HTTP 400 invalid_request' },
      { id: d, status: 'stored', attempts: 2 },
    ])
    expect(outbox.counts()).toMatchObject({ accepted: 4, delivered: 2, duplicate: 1, dead: 1, pending: 0 })
    await subject.advance(120_000)
    expect(await claim()).toEqual([])
  })

  test('a second settlement of the same event changes nothing', async () => {
    await acceptAll(newEvents(1))
    const [event] = (await claim()) as [OutboxEvent]
    await outbox.settle([{ id: event.id, status: 'stored', attempts: 1 }])
    await outbox.settle([{ id: event.id, status: 'duplicate', attempts: 2 }])
    await outbox.settle([{ id: event.id, status: 'retry', attempts: 2, delayMs: 0, detail: 'late' }])
    expect(outbox.counts()).toMatchObject({ accepted: 1, delivered: 1, duplicate: 0, pending: 0 })
    expect(await claim()).toEqual([])
  })

  test('an event given back for 60 seconds is claimable after that, with its attempts, and the outbox says when', async () => {
    await acceptAll(newEvents(1))
    const [event] = (await claim()) as [OutboxEvent]
    await outbox.settle([{ id: event.id, status: 'retry', attempts: 4, delayMs: 60_000, detail: 'http_503' }])
    expect(await claim()).toEqual([])
    await subject.advance(59_000)
    expect(await claim()).toEqual([])
    ready = 0
    await subject.advance(2000)
    await vi.waitFor(() => expect(ready).toBeGreaterThan(0), 60_000)
    expect(await claim()).toEqual([{ ...event, attempts: 4 }])
    expect(outbox.counts()).toMatchObject({ accepted: 1, pending: 1 })
  })

  test('an event given back without a delay is claimable at once', async () => {
    await acceptAll(newEvents(1))
    const [event] = (await claim()) as [OutboxEvent]
    await outbox.settle([{ id: event.id, status: 'retry', attempts: 1, delayMs: 0, detail: 'closing' }])
    expect(await claim()).toEqual([{ ...event, attempts: 1 }])
  })

  test('a claim that nobody settles or renews is given back when its lease of 45 seconds ends', async () => {
    await acceptAll(newEvents(1))
    const [event] = (await claim()) as [OutboxEvent]
    await subject.advance(44_000)
    expect(await claim()).toEqual([])
    ready = 0
    await subject.advance(2000)
    await vi.waitFor(() => expect(ready).toBeGreaterThan(0), 60_000)
    expect((await claim()).map(idOf)).toEqual([event.id])
  })

  test('a renewed claim is held for another lease', async () => {
    await acceptAll(newEvents(1))
    const [event] = (await claim()) as [OutboxEvent]
    await subject.advance(30_000)
    await outbox.renew([event.id, randomUUID()], 45_000)
    await subject.advance(30_000)
    expect(await claim()).toEqual([])
    await subject.advance(16_000)
    expect(await claim()).toHaveLength(1)
  })

  test('if one event has two holders after an expired lease, only the first settlement is counted', async () => {
    await acceptAll(newEvents(1))
    const [event] = (await claim()) as [OutboxEvent]
    await subject.advance(46_000)
    expect(await claim()).toHaveLength(1)
    await outbox.settle([{ id: event.id, status: 'stored', attempts: 1 }])
    await outbox.settle([{ id: event.id, status: 'duplicate', attempts: 1 }])
    expect(outbox.counts()).toMatchObject({ accepted: 1, delivered: 1, duplicate: 0, pending: 0 })
    await subject.advance(46_000)
    expect(await claim()).toEqual([])
  })

  test('the late settlement of an expired claim keeps the event from being claimed again', async () => {
    await acceptAll(newEvents(1))
    const [event] = (await claim()) as [OutboxEvent]
    await subject.advance(46_000)
    await outbox.settle([{ id: event.id, status: 'stored', attempts: 1 }])
    expect(await claim()).toEqual([])
    expect(outbox.counts()).toMatchObject({ delivered: 1, pending: 0 })
  })

  test('accepting an event wakes the listener', async () => {
    await acceptAll(newEvents(1))
    await vi.waitFor(() => expect(ready).toBeGreaterThan(0), 60_000)
  })

  test('closing an outbox in memory drops what waits and says so; a durable one keeps it', async () => {
    const events = newEvents(2)
    await acceptAll(events)
    await claim(1)
    await outbox.close()
    if (outbox.isDurable) {
      expect(droppedEvents).toEqual([])
      return
    }
    expect(droppedEvents).toEqual(events.map(({ id }) => ({ id, reason: 'closed' })))
    expect(outbox.counts()).toMatchObject({ accepted: 2, pending: 0, dropped: { closed: 2 } })
  })

  test('the ledger balances after every operation, whatever their order', {
    tags: ['fuzz'],
    timeout: 180_000 * fuzzFactor,
  }, async () => {
    const operation = fc.oneof(
      fc.record({ kind: fc.constant('accept' as const) }),
      fc.record({ kind: fc.constant('claim' as const), maxEvents: fc.integer({ min: 1, max: 4 }) }),
      fc.record({
        kind: fc.constant('settle' as const),
        status: fc.constantFrom('stored', 'duplicate', 'dead', 'retry'),
      }),
      fc.record({ kind: fc.constant('advance' as const), ms: fc.integer({ min: 1, max: 60_000 }) }),
    )
    let held: OutboxEvent[] = []
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 30 }), async (operations) => {
        for (const step of operations) {
          if (step.kind === 'accept') await acceptAll(newEvents(1))
          else if (step.kind === 'claim') held = [...held, ...(await claim(step.maxEvents))]
          else if (step.kind === 'advance') await subject.advance(step.ms)
          else {
            const event = held.shift()
            if (event !== undefined) await outbox.settle([settlementOf(event, step.status)])
          }
          expectBalanced(outbox.counts())
        }
      }),
      { numRuns: 5 * fuzzFactor },
    )
  })
}

/** Asserts `accepted = delivered + duplicate + pending + dead + dropped`. */
export const expectBalanced = (counts: OutboxCounts): void => {
  const { accepted, delivered, duplicate, pending, dead, dropped } = counts
  const sum =
    delivered + duplicate + pending + dead + Object.values(dropped).reduce((total, count) => total + count, 0)
  expect({ ...counts, sum }).toEqual({ ...counts, sum: accepted })
}

const settlementOf = ({ id, attempts: before }: OutboxEvent, status: string) => {
  const attempts = before + 1
  if (status === 'dead')
    return { id, status: 'dead' as const, attempts, reason: 'refused' as const, detail: '' }
  if (status === 'retry') return { id, status: 'retry' as const, attempts, delayMs: 5000, detail: '' }
  return { id, status: status === 'stored' ? ('stored' as const) : ('duplicate' as const), attempts }
}

const idOf = ({ id }: { id: string }): string => id

const newEvents = (count: number): [NewOutboxEvent, ...NewOutboxEvent[]] => {
  const newEvent = (_: unknown, index: number): NewOutboxEvent => ({
    id: randomUUID(),
    eventType: 'scan.completed',
    body: JSON.stringify({
      eventType: 'scan.completed',
      tenantId: 'tenant-1',
      occurredAt: '2026-02-13T12:00:00.000Z',
      payload: { jobId: `job-${index}`, mediaCount: 1, identitiesDetected: 2, durationMs: 3 },
    }),
  })
  return [newEvent(undefined, 0), ...Array.from({ length: count - 1 }, (_, index) => newEvent(_, index + 1))]
}
