import type { BatchResult } from '@altcontext/webhook-contract'
import type { OutboxEvent } from '../outbox/outbox.ts'

/**
 * A way to the receiver that is not HTTP, such as a broker. It only carries; the outbox keeps the record: an event is settled by what
 * the *receiver* says about it, and whatever the transport loses is sent again.
 */
export interface EventTransport {
  /**
   * Sends events and resolves with the receiver's result for each, in the same order. An event without a result
   * within `timeoutMs` is `retry`. Rejects when nothing could be sent, or with the reason of `signal`.
   */
  send(events: readonly OutboxEvent[], attempt: TransportAttempt): Promise<readonly BatchResult[]>
  /** Ends its connections. The emitter calls it when it is closed. */
  close(): Promise<void>
}

export interface TransportAttempt {
  timeoutMs: number
  /** The id of a durable outbox; it travels with its events. */
  producer: string | undefined
  /** The W3C trace context of this attempt. */
  traceparent: string | undefined
  signal: AbortSignal
}
