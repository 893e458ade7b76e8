import type { DeadReason, DropReason, OutboxCounts } from '../outbox.ts'
import type { OutboxCompleteness } from './outbox-completeness.ts'

/**
 * What a durable outbox knows about its events, for people and command lines: to read, and for the three things that may
 * be done by hand. It may be open while another process delivers from the same outbox.
 */
export interface OutboxRecords {
  readonly completeness: OutboxCompleteness
  counts(): Promise<OutboxCounts>
  /** The newest first. @throws {EmitterError} `outbox_failed` */
  list(query?: OutboxQuery): Promise<OutboxRecord[]>
  find(id: string): Promise<OutboxRecord | undefined>
  /**
   * Makes events claimable now: dead ones, from the start of the schedule, and pending ones that wait for a retry.
   * Delivered and dropped events no longer have a body and are ignored. So are events that were accepted more than
   * 60 days ago (`contractLimits.retryHorizonMs`): the receiver may have stored them and forgotten it since, and would
   * count them again.
   */
  replay(which: ReplaySelection): Promise<ReplayReport>
  /**
   * Deletes events that were settled before a certain time. The ledger still counts them. Dead events can be replayed, so they are
   * deleted only when `states` names them. A clock more than a day ahead of the last moment that the outbox has seen is
   * not believed: ages are then counted up to that moment.
   */
  prune(selection: PruneSelection): Promise<PruneReport>
  close(): Promise<void>
}

export type OutboxRecordState = 'pending' | 'delivered' | 'duplicate' | 'dead' | 'dropped'

export interface OutboxQuery {
  /** @default every state */
  state?: OutboxRecordState | undefined
  /** @default every type */
  eventType?: string | undefined
  /** Why events are dead or dropped, as the ledger counts them. @default every reason, and none */
  reason?: DeadReason | DropReason | undefined
  /** Only waiting and dead events: the tenant of a delivered event is erased with its body. @default every tenant */
  tenantId?: string | undefined
  /** @default 50 */
  limit?: number | undefined
  /** Only what changed after this moment, in milliseconds since 1970. The order is then the oldest change first. */
  changedAfterMs?: number | undefined
}

export interface ReplayReport {
  /** Events that will be sent again. */
  replayed: number
  /** Events that will not, because they are too old to be recognised. */
  tooOld: number
}

export interface PruneSelection {
  olderThanMs: number
  /** @default delivered, duplicate and dropped */
  states?: readonly SettledState[] | undefined
  /** Only counts what would be deleted. @default false */
  isDryRun?: boolean | undefined
}

export type SettledState = Exclude<OutboxRecordState, 'pending'>

export interface PruneReport {
  /** How many events were deleted, or would be. */
  deleted: number
  /** How far the clock is ahead of the last moment that the outbox has seen, if it was not believed. */
  clockAheadMs: number | undefined
}

/** What is deleted if no state is named. */
export const prunedStates = ['delivered', 'duplicate', 'dropped'] as const satisfies SettledState[]

export type ReplaySelection =
  | { id: string }
  | {
      deadSinceMs: number
      /** How many at most, so that the progress of a long replay can be followed. @default all */
      maxEvents?: number | undefined
    }

/** One event in the delivery log: what happened to it, when, and why. Never its body. */
export interface OutboxRecord {
  id: string
  eventType: string
  state: OutboxRecordState
  /** Why it is dead or dropped. */
  reason: DeadReason | DropReason | undefined
  attempts: number
  /** ISO 8601, UTC. */
  acceptedAt: string
  /** When the state was last written. */
  changedAt: string
  /** For pending events: when it is tried again, or by when its holder must renew its claim. */
  dueAt: string | undefined
  /** The trace that it belongs to (W3C). */
  traceparent: string | undefined
  history: readonly OutboxHistoryEntry[]
}

export interface OutboxHistoryEntry {
  at: string
  /** `retry` is one failed delivery with its short retries; `replayed` was asked for by hand. */
  what: 'retry' | 'delivered' | 'duplicate' | 'dead' | 'dropped' | 'replayed'
  attempts: number
  /** `http_503 at attempt 4`, `HTTP 400 invalid_request (payload.mediaCount)`. */
  detail?: string | undefined
}

/** How many entries are kept for one event; the first are dropped. */
export const maxHistoryEntries = 50
