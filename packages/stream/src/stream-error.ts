/**
 * What can go wrong in this package, by stable code.
 *
 * | code | when | what to do |
 * |---|---|---|
 * | `invalid_options` | an option, a flag or an environment variable is missing or wrong | correct it; the message lists every problem |
 * | `broker_unavailable` | no server answers, or none accepts the credentials; the outbox tries again | look whether the servers run and can be reached |
 * | `closed` | something was sent after `close()` | send before it |
 */
export type StreamErrorCode = 'invalid_options' | 'broker_unavailable' | 'closed'

/** The one error class of this package. Messages never hold a key, an address or a payload. */
export class StreamError extends Error {
  override readonly name = 'StreamError'
  readonly code: StreamErrorCode

  constructor(code: StreamErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

export const isStreamError = (error: unknown): error is StreamError => error instanceof StreamError
