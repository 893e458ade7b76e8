import type { OutboxEvent } from '../outbox/outbox.ts'

/** An event between its claim and its settlement. */
export interface HeldEvent extends OutboxEvent {
  /** Failed attempts that count against the schedule. */
  attempts: number
  /** Requests that carried it, including those that do not count. */
  requests: number
  /** How long it has waited because the receiver asked it to. */
  pacedMs: number
}
