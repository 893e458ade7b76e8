import type {
  AnyContract,
  DescriptionServiceContract,
  EventPayloadInput,
  EventType,
} from '@altcontext/webhook-contract'
import type { DeadReason, DropReason, OutboxCounts } from './outbox/outbox.ts'

/** A payload as it is emitted: the contract's, with the tenant in it (roadmap §5). */
export type EmitPayload<C extends AnyContract, Type extends EventType<C>> = EventPayloadInput<C, Type> & {
  tenantId: string
}

export interface EmitOptions {
  /** When it happened. @default the payload's own timestamp (`completedAt`, ...) if it has one, else now */
  occurredAt?: string | Date | undefined
  /** A UUID. The same id emitted twice is stored once. @default a new UUIDv7 */
  eventId?: string | undefined
}

/** What became of an event at the door. */
export type EmitReceipt =
  | { eventId: string; status: 'accepted' }
  /** Counted, logged and told to `onDead` already; the caller still has the event. */
  | { eventId: string; status: 'dropped'; reason: DropReason }

/** What became of an event in the end. */
export type DeliveryOutcome =
  | { eventId: string; status: 'stored' | 'duplicate' }
  | { eventId: string; status: 'dead'; reason: DeadReason; detail: string }
  | { eventId: string; status: 'dropped'; reason: DropReason }
  /** Only with a durable outbox: the short retries are over, or the emitter was closed. The event stays in the outbox. */
  | { eventId: string; status: 'pending' }

/** What a drain could not do. */
export interface DrainReport {
  /** Whether nothing is left over: nothing pending, and nothing dropped by closing. */
  isComplete: boolean
  /** Events that still wait. With a durable outbox they survive the process. */
  pending: number
  /** Events that closing has dropped. Each was told to `onDead`. */
  dropped: number
}

/** What `createEmitter` returns. The contract decides which events and payloads it takes. */
export interface Emitter<C extends AnyContract = DescriptionServiceContract> {
  /**
   * Checks an event against the contract and hands it to the outbox. Resolves when the outbox has it; delivery goes on
   * behind. Nothing about the network or the receiver makes it reject. A rejection that nobody handles is logged and
   * does not end the process.
   *
   * @throws {EmitterError} `invalid_event` with the issues, or `closed`
   */
  emit<Type extends EventType<C>>(
    eventType: Type,
    payload: EmitPayload<C, Type>,
    options?: EmitOptions,
  ): Promise<EmitReceipt>

  /**
   * {@link Emitter.emit}, and waits for the outcome: as long as the short retries last, and longer when the receiver asks
   * for it. Needs an outbox that only this emitter delivers from.
   *
   * @throws {EmitterError} `invalid_event` with the issues, or `closed`
   */
  deliver<Type extends EventType<C>>(
    eventType: Type,
    payload: EmitPayload<C, Type>,
    options?: EmitOptions,
  ): Promise<DeliveryOutcome>

  /** The loss ledger: `accepted = delivered + duplicate + pending + dead + the sum of dropped`, at every moment. */
  stats(): OutboxCounts

  /**
   * Waits until everything that was emitted is settled, or is left to the long retries of a durable outbox.
   * `timeoutMs` is how long at most. @default 60_000
   */
  flush(options?: { timeoutMs?: number | undefined }): Promise<DrainReport>

  /**
   * Accepts nothing more, flushes for `timeoutMs`, then ends what is still under way: a durable outbox keeps it, memory
   * drops it. What was being sent at that moment may have arrived all the same. Again called, it waits for
   * the first call. @default 10_000
   */
  close(options?: { timeoutMs?: number | undefined }): Promise<DrainReport>

  /** `await using emitter = createEmitter(...)` closes it with the default deadline. */
  [Symbol.asyncDispose](): Promise<void>
}
