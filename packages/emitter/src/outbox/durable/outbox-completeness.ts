import type { IdRange } from '@altcontext/webhook-contract'
import type { NewOutboxEvent } from '../outbox.ts'

/**
 * What a durable outbox can say about the events that it has delivered, to prove that the receiver has them:
 * docs/completeness.md. It may be read while another process delivers.
 */
export interface OutboxCompleteness {
  /** The outbox's own id, a UUID: created once and kept with the events. */
  producer(): Promise<string>
  /** The first delivered ids of a range, in order, except those that an older version sent without the outbox's id. */
  deliveredIds(range: IdRange, maxIds: number): Promise<string[]>
  /** Every other id of a range that the outbox knows: waiting, dead, dropped, or not compared. */
  otherIds(range: IdRange): Promise<string[]>
  /** The sums of delivered events that were pruned, for each bucket. */
  sealedBuckets(): Promise<SealedBucket[]>
  /** Those of these that can be sent again, without private fields. */
  deliveredEvents(ids: readonly string[]): Promise<NewOutboxEvent[]>
  /** The receiver has these under another producer: they are not compared any more. */
  stopComparing(ids: readonly string[]): Promise<void>
  /** Events that were accepted since a moment, whatever became of them, in the order of ids, after one of them. Old events no longer have a body. */
  acceptedEvents(request: {
    sinceMs: number
    after: string
    maxEvents: number
  }): Promise<{ id: string; body: string | null }[]>
  /**
   * Whether the last reconciliation was begun at least this long ago, by any process; if so, one begins now. Of several processes on one
   * outbox only one gets the turn.
   */
  takeTurn(intervalMs: number): Promise<boolean>
  /** Up to when everything is delivered. */
  progress(): Promise<OutboxProgress>
}

export interface SealedBucket {
  /** Its first id. */
  bucket: string
  count: number
  /** The sum of its ids' hashes, modulo 2^128. */
  total: bigint
}

export interface OutboxProgress {
  /** By the outbox's clock, in milliseconds since 1970. */
  nowMs: number
  /** When the oldest of the waiting events was accepted. */
  oldestPendingMs: number | undefined
}
