import { CodedError } from '@altcontext/webhook-contract/command-line'

/**
 * What can go wrong in this package, by stable code.
 *
 * | code | when | what to do |
 * |---|---|---|
 * | `invalid_options` | a flag or environment variable is missing or wrong | correct it; the message lists every problem |
 * | `unknown_event` | `show` or `replay` was given an id that is not in the outbox, or that cannot be replayed | check the id with `list` |
 * | `event_too_old` | `replay` was given an event that was accepted more than 60 days ago, which a receiver may count twice | check whether the receiver has it; if not, emit it as a new event |
 */
export type RelayErrorCode = 'invalid_options' | 'unknown_event' | 'event_too_old'

/** The one error class of this package. Messages never hold a key, an address or a payload. */
export class RelayError extends CodedError<RelayErrorCode> {
  override readonly name = 'RelayError'
}

/** What a flag, an argument or a variable that is wrong is told by. */
export const invalidOptions = (message: string): RelayError => new RelayError('invalid_options', message)

export const isRelayError = (error: unknown): error is RelayError => error instanceof RelayError
