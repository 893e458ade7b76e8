import type { Acceptance, NewOutboxEvent, OutboxCounts, OutboxEvent, Settlement } from '../outbox.ts'
import type { LedgerChange } from './outbox-ledger.ts'

/**
 * Where a durable outbox keeps its events. Each method is one transaction, which includes the ledger entries for what it changes
 * and returns them in `changes`. It throws what the database threw; `toError` turns that into an error with a message.
 */
export interface OutboxStorage {
  /** How many events are written in one commit at most. */
  readonly maxGroupEvents: number
  /** Called before anything else, and again until it no longer rejects. */
  open(): void | Promise<void>
  /** Throws when new events could not be written at this moment. */
  check(): void | Promise<void>
  /** Writes new events, each id once, for as long as there is `room`; says what became of those that were not simply taken. */
  insert(events: readonly NewOutboxEvent[], room: number): Insertion | Promise<Insertion>
  claim(request: { maxEvents: number; leaseMs: number }): OutboxEvent[] | Promise<OutboxEvent[]>
  renew(ids: readonly string[], leaseMs: number): void | Promise<void>
  settle(settlements: readonly Settlement[]): LedgerChange | Promise<LedgerChange>
  /** The clock that ages are judged by, and the last moment at which it was believed, if there is one. */
  readClock(): ClockReading | Promise<ClockReading>
  /** Keeps this moment as one at which the clock was believed. Never goes back. */
  markTime(): void | Promise<void>
  /** Drops some of the events that have waited too long and are not being sent. Empty when there are no more. */
  dropExpired(): NewOutboxEvent[] | Promise<NewOutboxEvent[]>
  /** Erases private fields of dead events and deletes old entries of the delivery log. */
  prune(): void | Promise<void>
  /** Removes what erased values leave behind outside the tables. */
  compact(): void
  /** The ledger as it is stored, or undefined when it is as it was at the last reading. */
  readCounts(): OutboxCounts | undefined | Promise<OutboxCounts | undefined>
  /** A cheap check whether events may have become claimable without this process knowing. */
  mayHaveWork(): boolean
  /** Calls `onWork` whenever another process announces work; returns a function that ends that. */
  listen(onWork: () => void): () => void | Promise<void>
  toError(what: string, cause: unknown): Error
  /** Nothing is called afterwards. Gives the lock back, if there is one. */
  close(): void | Promise<void>
}

/** Milliseconds since 1970. */
export interface ClockReading {
  nowMs: number
  markMs: number | undefined
}

export interface Insertion {
  /** Of ids that were not simply taken. */
  acceptances: ReadonlyMap<string, Acceptance>
  /** Events that had to make room. */
  evicted: readonly NewOutboxEvent[]
  changes: LedgerChange
}
