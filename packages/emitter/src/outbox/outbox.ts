import type { createCompletenessProver } from '../completeness/prove-completeness.ts'
import type { OutboxCompleteness } from './durable/outbox-completeness.ts'

/**
 * Where accepted events wait until the receiver has said what happened to them. This is all that the
 * sender knows about memory, SQLite or PostgreSQL.
 *
 * Rules that every outbox keeps (`test/outbox-suite.ts` checks them):
 *
 * - An event is in exactly one state: pending (claimable, claimed or waiting for a retry), delivered,
 *   duplicate, dead or dropped. `counts()` balances at every moment.
 * - Two claims never hold the same event at the same time. A claim that is neither settled nor renewed within
 *   its lease is given back; so a crash of its holder causes one more attempt, not a loss.
 * - Durations are passed, never moments: the outbox alone owns the clock (of the database, if there is one).
 * - The private fields of an event are in its `body`. An outbox erases them when the event is settled as stored or
 *   duplicate; what is left of the body is kept with its entry in the delivery log, to be sent again if it is ever missing.
 */
export interface Outbox {
  /**
   * Whether accepted events survive the process. A durable outbox gets the long retry schedule; one that is
   * not durable drops its remaining events when it is closed.
   */
  readonly isDurable: boolean

  /** What a durable outbox knows about the events that it has delivered. Its id travels with its events. */
  readonly completeness?: OutboxCompleteness

  /** What compares it with the receiver. It comes with the outbox, so that an emitter in memory does not carry it. */
  readonly createCompletenessProver?: typeof createCompletenessProver

  /** Called once, before any other method. The outbox keeps the listener until `close()`. */
  attach(listener: OutboxListener): void

  /**
   * Takes an event. Returns (or resolves) when it is as safe as this outbox can make it: after the commit, if there
   * is one. Many calls may be under way at once; a durable outbox commits them in groups. An id that is pending already
   * is accepted without a second row and without counting; so is one that a durable outbox knows as delivered, with
   * `isDelivered`. One that it knows as dead or dropped waits again, unless it is too old. When it throws or rejects, the event
   * was not taken.
   */
  accept(event: NewOutboxEvent): Acceptance | Promise<Acceptance>

  /**
   * Takes an event within a transaction of the product's, to be delivered once that commits. Only an outbox in the product's
   * own database has this. Its rejections are passed to the caller: the transaction has failed.
   */
  acceptInTransaction?(transaction: unknown, event: NewOutboxEvent): Promise<void>

  /** Up to `maxEvents` of the claimable events, the oldest first, held for `leaseMs`. Empty when there are none. */
  claim(request: { maxEvents: number; leaseMs: number }): OutboxEvent[] | Promise<OutboxEvent[]>

  /** Holds claimed events for another `leaseMs` from now. Ids that are not held any more are ignored. */
  renew(ids: readonly string[], leaseMs: number): void | Promise<void>

  /**
   * Records the outcomes of claimed events. All of one call are written together. Ids that are settled already are
   * ignored: if an event has two holders (after an expired lease), only the first is counted.
   */
  settle(settlements: readonly Settlement[]): void | Promise<void>

  /**
   * The loss ledger: a consistent snapshot, without input or output. An outbox that several processes share
   * refreshes it with every claim, at the latest.
   */
  counts(): OutboxCounts

  /**
   * The receiver's clock at this moment, in milliseconds since 1970, as its response says. An outbox that judges the age of
   * events counts time in which no process ran only when this second clock agrees with its own.
   */
  noteReceiverTime?(timeMs: number): void

  /**
   * Rejects when the outbox could not take an event at this moment: disk full, file deleted, database unavailable. Cheap enough
   * for a health check.
   */
  check?(): Promise<void>

  /** Ends every timer and handle. Events that cannot survive are dropped with the reason `closed`, and the listener is told. */
  close(): void | Promise<void>
}

/** What an outbox tells the sender. Neither function throws. */
export interface OutboxListener {
  /**
   * Something may have become claimable: an event was accepted here or in another process, a retry is due, a lease has
   * expired, or a failed claim may be tried again. Calling it too often does no harm.
   */
  onReady(): void
  /** An event that had been accepted was dropped by a limit of the outbox, or by closing it. */
  onDropped(event: NewOutboxEvent, reason: DropReason): void
  /**
   * The clock is more than a day ahead of the last moment that the outbox is sure of, or behind it (negative). Nothing expires
   * by it until the receiver's clock agrees.
   */
  onClockJump?(aheadMs: number): void
  /** The outbox could not tidy itself up. It tries again within a minute; until then it grows. */
  onTidyFailure?(error: unknown): void
}

export interface NewOutboxEvent {
  /** A UUID in lower case; the `webhook-id` of every attempt. */
  readonly id: string
  readonly eventType: string
  /** The envelope as it travels: one JSON object, from `{` to `}`, without an `id`; with its private fields. */
  readonly body: string
  /** The W3C trace context of the emit, kept so that attempts after a restart belong to the same trace. */
  readonly traceparent?: string | undefined
}

export interface OutboxEvent extends NewOutboxEvent {
  /** Attempts so far that counted against the schedule, as the last settlement said. 0 for a new event. */
  readonly attempts: number
}

export type Acceptance =
  /** `isDelivered`: the receiver has this id already, so nothing is sent. */
  { status: 'accepted'; isDelivered?: true } | { status: 'dropped'; reason: DropReason }

/** The outcome of one claimed event. `attempts` is the number to keep with it. */
export type Settlement =
  | { id: string; status: 'stored' | 'duplicate'; attempts: number }
  | { id: string; status: 'dead'; attempts: number; reason: DeadReason; detail: string }
  /** Give it back, to be claimed again no earlier than `delayMs` from now. */
  | { id: string; status: 'retry'; attempts: number; delayMs: number; detail: string }

/**
 * Why an event was given up.
 *
 * | reason | when |
 * |---|---|
 * | `refused` | the receiver refused this very event: 400 with issues, 413, `invalid` in a batch; or, from memory, refused whatever is sent for an hour |
 * | `redirected` | responses have been 3xx for an hour, and the outbox is memory; redirects are not followed |
 * | `exhausted` | the last attempt of the schedule failed |
 */
export type DeadReason = 'refused' | 'redirected' | 'exhausted'

/**
 * Why delivery of an event was never begun, or not completed.
 *
 * | reason | when |
 * |---|---|
 * | `queue_full` | the outbox was at its size limit |
 * | `expired` | the event was older than the outbox's age limit, or was emitted again after it |
 * | `outbox_failed` | the outbox could not take it (disk full, database unavailable) |
 * | `closed` | the emitter was closed first, and the outbox is not durable |
 */
export type DropReason = 'queue_full' | 'expired' | 'outbox_failed' | 'closed'

/** `accepted = delivered + duplicate + pending + dead + the sum of dropped`, at every moment. */
export interface OutboxCounts {
  accepted: number
  /** The result was `stored`. */
  delivered: number
  /** The result was `duplicate`: the receiver already had it. */
  duplicate: number
  pending: number
  dead: number
  dropped: Partial<Record<DropReason, number>>
}
