import type { AnyContract, DescriptionServiceContract, EmittedPayload } from '@altcontext/webhook-contract'
import type { ReconcileOptions, ReconcileReport } from './completeness/reconcile-outbox.ts'
import type { SenderFaultReason } from './delivery/sender-fault.ts'
import type { SenderVerification } from './delivery/verify-sender.ts'
import type { DeadReason, DropReason, OutboxCounts } from './outbox/outbox.ts'
import type { ProductTransaction } from './outbox/postgres/transactions.ts'

export interface EmitOptions extends DeliverOptions {
  /**
   * The product's own transaction, with an outbox that is in its database ({@link EmitterErrorCode} says what else is
   * thrown): the event is sent if it commits, and not at all if it is rolled back. From pg, Prisma, drizzle, kysely or knex.
   * When the database refuses the event, `emit` rejects with the library's own error, because the transaction has failed.
   *
   * @example
   * await prisma.$transaction(async (tx) => {
   *   await tx.scanJob.update({ where: { id }, data: { status: 'completed' } })
   *   await emitter.emit('scan.completed', payload, { tx })
   * })
   */
  tx?: ProductTransaction | undefined
}

export interface DeliverOptions {
  /** When it happened. @default the payload's own timestamp (`completedAt`, ...) if it has one, else now */
  occurredAt?: string | Date | undefined
  /** A UUID. The same id emitted twice is stored once. @default a new UUIDv7 */
  eventId?: string | undefined
}

/** Whether an event was accepted. */
export type EmitReceipt =
  | { eventId: string; status: 'accepted' }
  /** Already counted, logged and passed to `onDead`; the caller still has the event. */
  | { eventId: string; status: 'dropped'; reason: DropReason }

/** What happened to an event in the end. */
export type DeliveryOutcome =
  | { eventId: string; status: 'stored' | 'duplicate' }
  | { eventId: string; status: 'dead'; reason: DeadReason; detail: string }
  | { eventId: string; status: 'dropped'; reason: DropReason }
  /** The event stays in the outbox, and this emitter will report nothing more about it. */
  | { eventId: string; status: 'pending'; reason: PendingReason; detail: string }

/**
 * Why `deliver` no longer waits for an event.
 *
 * | reason | when |
 * |---|---|
 * | `retrying` | it waits in the outbox, because the short retries are over or many events wait; `detail` is the last error |
 * | `paused` | the sender is paused: key, address or clock are wrong; `health()` says which |
 * | `closed` | the emitter was closed, and its outbox is durable |
 * | `outbox_failed` | it was sent, but the outbox could not record the outcome; it will be sent again |
 */
export type PendingReason = 'retrying' | 'paused' | 'closed' | 'outbox_failed'

/** Whether anything is wrong with the sender. The reports of attempts say how the receiver is doing. */
export type EmitterHealth =
  | { status: 'ok' }
  | {
      /** Events are kept and not sent, except one at a time to find out whether the fault is corrected. */
      status: 'paused'
      reason: SenderFaultReason
      /** For people: `HTTP 401 unauthorized`. */
      detail: string
      /** How long it has been so. */
      pausedMs: number
      /** Until the next try; 0 while it is under way. */
      nextTryInMs: number
      /** How far the receiver's clock is ahead of this one, by the `Date` of its response. Whole seconds, give or take one. */
      clockSkewMs: number | undefined
    }

/** The ledger, and the calls that were rejected before they could count in it. */
export interface EmitterStats extends OutboxCounts {
  /** Calls of `emit` and `deliver` that were rejected. They are not `accepted`, so the ledger balances without them. */
  rejected: number
}

/** What flushing or closing could not deliver. */
export interface DrainReport {
  /** Whether nothing is left: nothing is pending, and closing dropped nothing. */
  isComplete: boolean
  /** Events that still wait. With a durable outbox they survive the process. */
  pending: number
  /** Events that closing has dropped. Each was passed to `onDead`. */
  dropped: number
}

/** What `createEmitter` returns. The contract determines which events and payloads it takes. */
export interface Emitter<C extends AnyContract = DescriptionServiceContract> {
  /**
   * Checks an event against the contract and hands it to the outbox. Resolves when the outbox has it; delivery continues
   * in the background. Nothing about the network or the receiver makes it reject. A rejection that nobody handles is logged, and
   * does not end the process.
   *
   * @throws {EmitterError} `invalid_event` with the issues, `unsupported_transaction`, `invalid_options`, or `closed`
   */
  emit<Type extends keyof Exclude<C['types'], undefined> & string>(
    eventType: Type,
    payload: EmittedPayload<C, Type>,
    options?: EmitOptions,
  ): Promise<EmitReceipt>

  /**
   * {@link Emitter.emit}, and waits for the outcome: as long as the short retries last, and longer when the receiver asks
   * for it. Needs an outbox from which only this emitter delivers. A transaction has no outcome before its commit, so there is
   * no `tx`.
   *
   * @throws {EmitterError} `invalid_event` with the issues, `invalid_options`, or `closed`
   */
  deliver<Type extends keyof Exclude<C['types'], undefined> & string>(
    eventType: Type,
    payload: EmittedPayload<C, Type>,
    options?: DeliverOptions,
  ): Promise<DeliveryOutcome>

  /** The loss ledger: `accepted = delivered + duplicate + pending + dead + the sum of dropped`, at every moment. */
  stats(): EmitterStats

  /**
   * Proves that the receiver has what was delivered: compares (docs/completeness.md), and sends missing events again. An emitter
   * with a durable outbox does so every hour by itself.
   *
   * @throws {EmitterError} `not_comparable` when the receiver cannot be reached or cannot compare, or the outbox is memory; `outbox_failed`
   */
  reconcile(options?: ReconcileOptions): Promise<ReconcileReport>

  /** Whether something about this sender keeps it from sending: a wrong key, address or clock. */
  health(): EmitterHealth

  /**
   * Asks the receiver whether address, key and signature are correct, and sends no event. For a start-up check or a
   * deployment's script: one request, within `timeoutMs`, without retries. Never rejects.
   */
  verify(): Promise<SenderVerification>

  /**
   * Waits until everything that was emitted is settled, or is left to a durable outbox: to its long retries, or to a
   * paused sender whose fault is not yet corrected.
   * `timeoutMs` is the maximum wait. @default 60_000
   */
  flush(options?: { timeoutMs?: number | undefined }): Promise<DrainReport>

  /**
   * Accepts no more events, flushes for `timeoutMs`, then ends what is still under way: a durable outbox keeps those events, memory
   * drops them. Events that were being sent at that moment may have arrived. Called again, it waits for
   * the first call. @default 10_000
   */
  close(options?: { timeoutMs?: number | undefined }): Promise<DrainReport>

  /** `await using emitter = createEmitter(...)` closes it with the default deadline. */
  [Symbol.asyncDispose](): Promise<void>
}
