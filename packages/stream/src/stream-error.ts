import { CodedError } from '@altcontext/webhook-contract'

/**
 * What can go wrong in this package, by stable code.
 *
 * | code | when | what to do |
 * |---|---|---|
 * | `invalid_options` | an option, a flag or an environment variable is missing or wrong | correct it; the message lists every problem |
 * | `broker_unavailable` | no server responds in time; the outbox tries again | check whether the servers are running and can be reached, and whether they require TLS |
 * | `unauthorized` | the servers do not accept the credentials; the outbox tries again | correct them |
 * | `streams_refused` | the broker does not create the streams: it has no JetStream, fewer servers than `replicas`, or does not allow it; the outbox tries again | the message quotes the broker |
 * | `another_filter` | the existing durable consumer reads other subjects than `filter`; nothing is taken | use another `durable` name, or delete that consumer at the broker |
 * | `closed` | an event was sent after `close()` | send before closing |
 */
export type StreamErrorCode =
  | 'invalid_options'
  | 'broker_unavailable'
  | 'unauthorized'
  | 'streams_refused'
  | 'another_filter'
  | 'closed'

/** The one error class of this package. Messages never hold a key, an address or a payload. */
export class StreamError extends CodedError<StreamErrorCode> {
  override readonly name = 'StreamError'
}

export const isStreamError = (error: unknown): error is StreamError => error instanceof StreamError
