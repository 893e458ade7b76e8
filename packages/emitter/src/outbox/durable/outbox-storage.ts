import type { Acceptance, NewOutboxEvent, OutboxCounts, OutboxEvent, Settlement } from '../outbox.ts'
import type { OutboxCompleteness } from './outbox-completeness.ts'
import type { LedgerChange } from './outbox-ledger.ts'

/**
 * Where a durable outbox keeps its events. Each method is one transaction, which includes the ledger entries for what it changes
 * and returns them in `changes`. It throws what the database threw; `toError` turns that into an error with a message.
 */
export interface OutboxStorage extends OutboxTimes {
  /** The maximum number of events in one commit. */
  readonly maxGroupEvents: number
  readonly completeness: OutboxCompleteness
  /** Called before anything else, and again until it no longer rejects. */
  open(): void | Promise<void>
  /** Throws when new events could not be written at this moment. */
  check(): void | Promise<void>
  /** Writes new events, as accepted no earlier than the kept time, each id once, as long as there is `room`; says what happened to those that were not simply taken. */
  insert(events: readonly NewOutboxEvent[], limits: InsertLimits): Insertion | Promise<Insertion>
  claim(request: OutboxClaim): OutboxEvent[] | Promise<OutboxEvent[]>
  renew(ids: readonly string[], leaseMs: number): void | Promise<void>
  settle(settlements: readonly Settlement[]): LedgerChange | Promise<LedgerChange>
  /** Drops some of the events that were accepted before this moment and are not being sent. Empty when there are no more. */
  dropExpired(beforeMs: number): NewOutboxEvent[] | Promise<NewOutboxEvent[]>
  /** Erases private fields of dead events and deletes old entries of the delivery log, by their age at `nowMs`. */
  prune(nowMs: number): void | Promise<void>
  /** Removes what erased values leave behind outside the tables. */
  compact(): void
  /** The ledger as it is stored, or undefined if it has not changed since it was last read. */
  readCounts(): OutboxCounts | undefined | Promise<OutboxCounts | undefined>
  /** A cheap check whether events may have become claimable without this process knowing. */
  mayHaveWork(): boolean
  /** Calls `onWork` whenever another process announces work; returns a function that stops that. */
  listen(onWork: () => void): () => void | Promise<void>
  toError(what: string, cause: unknown): Error
  /** Nothing is called afterwards. Releases the lock, if there is one. */
  close(): void | Promise<void>
}

export interface InsertLimits {
  /** How many more events may wait. */
  room: number
  /** An event that was accepted before this moment is too old to wait again. */
  oldestMs: number
}

export interface OutboxClaim {
  maxEvents: number
  leaseMs: number
  /** No event that was accepted before this moment. */
  oldestMs: number
}

/** What `OutboxClock` needs from the storage. */
export interface OutboxTimes {
  readClock(): ClockReading | Promise<ClockReading>
  /** Keeps a time. It never goes back, and a confirmed time stays confirmed. */
  keepTime(time: OutboxTime): void | Promise<void>
  /**
   * The kept time was wrong by `byMs`: it is `nowMs`, and that is confirmed. When it was behind, the times of events that
   * were accepted before `beforeMs` are moved with it; when it was ahead, none is left in the future. Does nothing when another
   * process has done so.
   */
  correctTimes(correction: TimeCorrection): void | Promise<void>
  /** The clock was set back, or may have been: events that wait by the old clock may be claimed now. */
  releaseFutureWaits(): void | Promise<void>
}

export interface ClockReading {
  /** The clock of the machine or the database, in milliseconds since 1970. */
  nowMs: number
  /** What was kept last. */
  time?: OutboxTime | undefined
}

/** See `OutboxClock`. */
export interface OutboxTime {
  /** Milliseconds since 1970. */
  timeMs: number
  /** Whether a second clock has ever agreed with it. */
  isConfirmed: boolean
}

export interface TimeCorrection {
  beforeMs: number
  byMs: number
  nowMs: number
}

export interface Insertion {
  /** For ids that were not simply taken. */
  acceptances: ReadonlyMap<string, Acceptance>
  /** Events that had to make room. */
  evicted: readonly NewOutboxEvent[]
  changes: LedgerChange
}
