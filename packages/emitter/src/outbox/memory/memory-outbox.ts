import { oneOf, wholeNumber } from '@altcontext/webhook-contract/options'
import * as z from 'zod/mini'
import { resolveOutboxOptions } from '../durable/durable-outbox-options.ts'
import type {
  Acceptance,
  DropReason,
  NewOutboxEvent,
  Outbox,
  OutboxCounts,
  OutboxEvent,
  OutboxListener,
  Settlement,
} from '../outbox.ts'

export interface MemoryOutboxOptions {
  /** The maximum number of events that wait at once, including those being sent. @default 100_000 (about 50 MB of `scan.completed`) */
  maxEvents?: number | undefined
  /**
   * What happens to an event that finds the outbox full. `drop-newest` refuses it: `emit` says so at once, while
   * the caller still has it, and what was accepted stays accepted. `drop-oldest` makes room by dropping the event that
   * has waited longest and is not being sent. Either way the event is counted, logged and passed to `onDead`.
   * @default 'drop-newest'
   */
  overflow?: 'drop-newest' | 'drop-oldest' | undefined
}

/**
 * The default outbox: a bounded queue in memory. Its events are lost when the process dies; use a durable
 * outbox if that matters.
 *
 * @throws {EmitterError} `invalid_options`
 */
export const createMemoryOutbox = (options: MemoryOutboxOptions = {}): Outbox => {
  const { maxEvents, overflow } = resolveOutboxOptions(memoryOptionsSchema, options, 'create a memory outbox')
  const entries = new Map<string, Entry>()
  const counts = { accepted: 0, delivered: 0, duplicate: 0, dead: 0 }
  const dropped: Partial<Record<DropReason, number>> = {}
  const ready = createQueue<Entry>()
  let listener: OutboxListener | undefined
  let timer: NodeJS.Timeout | undefined
  let timerDueMs = Number.POSITIVE_INFINITY

  const countDropped = (reason: DropReason): void => {
    dropped[reason] = (dropped[reason] ?? 0) + 1
  }
  const drop = (entry: Entry, reason: DropReason): void => {
    entries.delete(entry.id)
    entry.state = 'settled'
    countDropped(reason)
    listener?.onDropped(entry, reason)
  }
  const nextReady = (): Entry | undefined => {
    for (let entry = ready.shift(); entry !== undefined; entry = ready.shift()) {
      if (entry.state === 'ready') return entry
    }
    return undefined
  }

  // One timer for the earliest retry that is due. It keeps the process running: events that wait here exist nowhere else.
  const wakeAt = (dueMs: number): void => {
    if (dueMs >= timerDueMs) return
    clearTimeout(timer)
    timerDueMs = dueMs
    timer = setTimeout(release, Math.max(1, Math.ceil(dueMs - performance.now())))
  }
  const release = (): void => {
    timerDueMs = Number.POSITIVE_INFINITY
    const nowMs = performance.now()
    let nextDueMs = Number.POSITIVE_INFINITY
    for (const entry of entries.values()) {
      if (entry.dueMs === undefined) continue
      if (entry.dueMs <= nowMs) makeReady(entry)
      else nextDueMs = Math.min(nextDueMs, entry.dueMs)
    }
    if (nextDueMs !== Number.POSITIVE_INFINITY) wakeAt(nextDueMs)
    listener?.onReady()
  }
  const makeReady = (entry: Entry): void => {
    entry.state = 'ready'
    entry.dueMs = undefined
    ready.push(entry)
  }

  return {
    isDurable: false,

    attach(newListener) {
      listener = newListener
    },

    accept(event: NewOutboxEvent): Acceptance {
      if (entries.has(event.id)) return { status: 'accepted' }
      counts.accepted += 1
      if (entries.size >= maxEvents) {
        const oldest = overflow === 'drop-oldest' ? nextReady() : undefined
        if (oldest === undefined) {
          countDropped('queue_full')
          return { status: 'dropped', reason: 'queue_full' }
        }
        drop(oldest, 'queue_full')
      }
      const entry: Entry = { ...event, attempts: 0, state: 'ready', dueMs: undefined }
      entries.set(event.id, entry)
      ready.push(entry)
      listener?.onReady()
      return { status: 'accepted' }
    },

    // A lease matters only to a holder that can die alone; this one dies with the outbox. Leases are still kept, so
    // that a bug in a sender shows as a second attempt, not as a stuck event.
    claim({ maxEvents: maxClaimed, leaseMs }): OutboxEvent[] {
      const claimed: OutboxEvent[] = []
      const dueMs = performance.now() + leaseMs
      while (claimed.length < maxClaimed) {
        const entry = nextReady()
        if (entry === undefined) break
        entry.state = 'claimed'
        entry.dueMs = dueMs
        const { id, eventType, body, attempts, traceparent } = entry
        claimed.push({ id, eventType, body, attempts, ...(traceparent === undefined ? {} : { traceparent }) })
      }
      if (claimed.length > 0) wakeAt(dueMs)
      return claimed
    },

    renew(ids, leaseMs) {
      const dueMs = performance.now() + leaseMs
      for (const id of ids) {
        const entry = entries.get(id)
        if (entry?.state === 'claimed') entry.dueMs = dueMs
      }
    },

    settle(settlements) {
      for (const settlement of settlements) {
        const entry = entries.get(settlement.id)
        if (entry === undefined) continue
        if (settlement.status === 'retry') {
          entry.attempts = settlement.attempts
          if (settlement.delayMs > 0) {
            entry.state = 'waiting'
            entry.dueMs = performance.now() + settlement.delayMs
            wakeAt(entry.dueMs)
          } else {
            makeReady(entry)
            listener?.onReady()
          }
        } else {
          entries.delete(settlement.id)
          entry.state = 'settled'
          counts[counterOf[settlement.status]] += 1
        }
      }
      if (entries.size === 0) stopTimer()
    },

    counts: (): OutboxCounts => ({ ...counts, pending: entries.size, dropped: { ...dropped } }),

    close() {
      stopTimer()
      for (const entry of [...entries.values()]) drop(entry, 'closed')
    },
  }

  function stopTimer(): void {
    clearTimeout(timer)
    timerDueMs = Number.POSITIVE_INFINITY
  }
}

const counterOf = { stored: 'delivered', duplicate: 'duplicate', dead: 'dead' } as const satisfies Record<
  Exclude<Settlement['status'], 'retry'>,
  string
>

interface Entry extends NewOutboxEvent {
  attempts: number
  state: 'ready' | 'claimed' | 'waiting' | 'settled'
  /** When a lease expires or a retry is due, on the monotonic clock: a wall clock that jumps moves nothing. */
  dueMs: number | undefined
}

// Array.prototype.shift moves every element; this moves them only now and then.
const createQueue = <Item>() => {
  let items: Item[] = []
  let head = 0
  return {
    push: (item: Item): void => {
      items.push(item)
    },
    shift: (): Item | undefined => {
      const item = items[head]
      if (item !== undefined) head += 1
      if (head > 1024 && head * 2 > items.length) {
        items = items.slice(head)
        head = 0
      }
      return item
    },
  }
}

const memoryOptionsSchema = z.strictObject({
  maxEvents: z._default(wholeNumber(1), 100_000),
  overflow: z._default(oneOf(['drop-newest', 'drop-oldest']), 'drop-newest'),
} satisfies Record<keyof MemoryOutboxOptions, z.core.$ZodType>)
