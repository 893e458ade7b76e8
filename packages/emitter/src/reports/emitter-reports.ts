import type { DeadReason, DropReason } from '../outbox/outbox.ts'

/** The methods of a `pino` logger. */
export interface EmitterLogger {
  debug(details: object, message: string): void
  info(details: object, message: string): void
  warn(details: object, message: string): void
  error(details: object, message: string): void
}

/** One event in one attempt. Never holds the payload, the key or an address. */
export interface AttemptReport {
  readonly eventId: string
  readonly eventType: string
  /** Counts requests with this event, from 1. After a restart it goes on from the attempts that the outbox kept. */
  readonly attempt: number
  /** How many events travelled in the same request. */
  readonly batchSize: number
  /** `paused`: the receiver refused the sender, not the event, which waits; the attempt is not counted. */
  readonly outcome: 'stored' | 'duplicate' | 'retry' | 'paused' | 'dead'
  /** The HTTP status, when there was a response. */
  readonly status: number | undefined
  /** What went wrong: `http_503`, `timeout`, `ECONNRESET`, `malformed_response`, `mismatched_ids`. */
  readonly error: string | undefined
  readonly durationMs: number
  /** When `outcome` is `retry` or `paused`: the wait before the next attempt. */
  readonly nextDelayMs: number | undefined
}

/** An event that will not be delivered. */
export interface LostEvent {
  readonly eventId: string
  readonly eventType: string
  readonly reason: DeadReason | DropReason
  /** For people: `HTTP 400 invalid_request (payload.mediaCount)`. */
  readonly detail: string
  /** The envelope as JSON, including private fields. */
  readonly body: string
}
