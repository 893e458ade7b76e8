import { CodedError } from '@altcontext/webhook-contract'

/**
 * What can go wrong in this package, by stable code. A sender's mistake is not an error but a response.
 *
 * | code | when | what to do |
 * |---|---|---|
 * | `invalid_options` | the plugin is registered with options that contradict themselves or are out of range | correct them; the message names every problem |
 */
export type ReceiverErrorCode = 'invalid_options'

/** The one error class of this package. Messages never hold a key, a secret or anything of a request. */
export class ReceiverError extends CodedError<ReceiverErrorCode> {
  override readonly name = 'ReceiverError'
}

export const isReceiverError = (error: unknown): error is ReceiverError => error instanceof ReceiverError
