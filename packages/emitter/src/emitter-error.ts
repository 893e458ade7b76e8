import { CodedError, type EventIssue } from '@altcontext/webhook-contract'

/**
 * What can go wrong in this package, by stable code. A bad network or receiver is never an error: it is an
 * outcome, in the ledger and in `onDead`.
 *
 * | code | when | what to do |
 * |---|---|---|
 * | `invalid_options` | an option or environment variable is missing or wrong | correct it; the message lists every problem |
 * | `invalid_event` | an event breaks the contract; nothing was accepted | correct the caller; `issues` names each field |
 * | `unsupported_transaction` | `tx` cannot be used: the outbox has no transactions, or the transaction is of an unknown library | use a PostgreSQL outbox, and pass the transaction itself |
 * | `closed` | an event was emitted after `close()` | emit before closing, or create another emitter |
 * | `outbox_failed` | a durable outbox could not be opened or written: disk full, database unavailable | the message says which; correct it, then emit again |
 * | `not_comparable` | delivered events could not be compared: the receiver cannot be reached, or its version cannot compare | the message says which; call `reconcile()` again |
 * | `outbox_in_use` | another process has the SQLite outbox open | stop that process, or give this one a file of its own |
 */
export type EmitterErrorCode =
  | 'invalid_options'
  | 'invalid_event'
  | 'unsupported_transaction'
  | 'closed'
  | 'outbox_failed'
  | 'not_comparable'
  | 'outbox_in_use'

/**
 * What keeps an outbox from being used, if that is known.
 *
 * | reason | what to do |
 * |---|---|
 * | `disk_full` | make room; it continues by itself |
 * | `file_damaged` | stop, keep a copy of the file, recover what can be read |
 * | `files_deleted` | put the file back if you can, then restart: whatever is written now would be lost |
 * | `lock_lost` | restart: another process could deliver from the same file |
 * | `database_gone` | start the database; it continues by itself |
 */
export type OutboxFailureReason =
  | 'disk_full'
  | 'file_damaged'
  | 'files_deleted'
  | 'lock_lost'
  | 'database_gone'

/** The one error class of this package. Messages never hold a key, an address or a payload. */
export class EmitterError extends CodedError<EmitterErrorCode> {
  override readonly name = 'EmitterError'
  /** The fields that break the contract, or the options that are wrong. Empty for other codes. */
  readonly issues: readonly EventIssue[]
  /** Why an outbox failed, when the code is `outbox_failed` and it is known. */
  readonly reason: OutboxFailureReason | undefined

  constructor(
    code: EmitterErrorCode,
    message: string,
    issues: readonly EventIssue[] = [],
    options?: ErrorOptions & { reason?: OutboxFailureReason | undefined },
  ) {
    super(code, message, options)
    this.issues = issues
    this.reason = options?.reason
  }
}

export const isEmitterError = (error: unknown): error is EmitterError => error instanceof EmitterError

/** How an outbox says that it cannot be used. */
export const outboxFailed = (
  message: string,
  options?: ErrorOptions & { reason?: OutboxFailureReason | undefined },
): EmitterError => new EmitterError('outbox_failed', message, [], options)
