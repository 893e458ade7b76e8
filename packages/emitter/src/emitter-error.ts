import type { EventIssue } from '@altcontext/webhook-contract'

/**
 * What can go wrong in this package, by stable code. A bad network or receiver is never an error: it is an
 * outcome, in the ledger and in `onDead`.
 *
 * | code | when | what to do |
 * |---|---|---|
 * | `invalid_options` | an option or environment variable is missing or wrong | correct it; the message lists every problem |
 * | `invalid_event` | an event breaks the contract; nothing was accepted | correct the caller; `issues` names each field |
 * | `closed` | an event was emitted after `close()` | emit before closing, or create another emitter |
 * | `outbox_failed` | a durable outbox could not be opened or written: disk full, database away | mend the cause, then emit again; nothing that was accepted is lost |
 * | `outbox_in_use` | another process has the SQLite outbox open | stop that process, or give this one a file of its own |
 */
export type EmitterErrorCode =
  | 'invalid_options'
  | 'invalid_event'
  | 'closed'
  | 'outbox_failed'
  | 'outbox_in_use'

/** The one error class of this package. Messages never hold a key, an address or a payload. */
export class EmitterError extends Error {
  override readonly name = 'EmitterError'
  readonly code: EmitterErrorCode
  /** The fields that break the contract, or the options that are wrong. Empty for other codes. */
  readonly issues: readonly EventIssue[]

  constructor(
    code: EmitterErrorCode,
    message: string,
    issues: readonly EventIssue[] = [],
    options?: ErrorOptions,
  ) {
    super(message, options)
    this.code = code
    this.issues = issues
  }
}

export const isEmitterError = (error: unknown): error is EmitterError => error instanceof EmitterError
