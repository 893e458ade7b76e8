import { CodedError } from '@altcontext/webhook-contract'

/**
 * What can go wrong when the bridge is added to a server.
 *
 * | code | when | what to do |
 * |---|---|---|
 * | `invalid_options` | an option is missing or wrong; the message names every problem | correct the options |
 *
 * A database that does not fit is a `StoreError` with the code `unfit_database`, one message that lists everything.
 */
export type BackendErrorCode = 'invalid_options'

/** Messages never hold a key. */
export class BackendError extends CodedError<BackendErrorCode> {
  override readonly name = 'BackendError'
}

export const isBackendError = (error: unknown): error is BackendError => error instanceof BackendError
