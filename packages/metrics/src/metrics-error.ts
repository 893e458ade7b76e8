import { CodedError, type EventIssue } from '@altcontext/webhook-contract'

/**
 * What can go wrong in this package, by stable code.
 *
 * | code | when | what to do |
 * |---|---|---|
 * | `invalid_request` | a window or query breaks a rule | correct the request; `issues` names each field. HTTP: 400 |
 * | `invalid_options` | the plugin, the worker or a job was given options that make no sense | correct the configuration; the message lists every problem |
 * | `contradicting_retention` | two horizons contradict each other | correct one of the two that the message names |
 * | `unreachable` | the client got no response: no connection, or none in time | check address and server |
 * | `refused` | the client got a response that is an error; the message has its status and code | what the message says |
 * | `alert_not_sent` | an alert could not be sent; it is kept and sent again within minutes | what the message says |
 * | `unexpected_response` | the client got a success that is not in our format | bring client and server to the same version |
 */
export type MetricsErrorCode =
  | 'invalid_request'
  | 'invalid_options'
  | 'contradicting_retention'
  | 'unreachable'
  | 'refused'
  | 'unexpected_response'
  | 'alert_not_sent'

/** The one error class of this package. Messages never hold a key, an address or a payload. */
export class MetricsError extends CodedError<MetricsErrorCode> {
  override readonly name = 'MetricsError'
  /** The fields that break a rule. Empty unless `code` is `invalid_request`. */
  readonly issues: readonly EventIssue[]

  /** For an error handler such as Fastify's: 400 for a mistake in the request. */
  get statusCode(): 400 | undefined {
    return this.code === 'invalid_request' ? 400 : undefined
  }

  constructor(code: MetricsErrorCode, message: string, issues: readonly EventIssue[] = []) {
    super(code, message)
    this.issues = issues
  }
}

export const invalidOptions = (message: string): MetricsError => new MetricsError('invalid_options', message)

/** @param what - What failed, such as `read the query`. */
export const invalidRequest = (what: string, issues: readonly EventIssue[]): MetricsError =>
  new MetricsError(
    'invalid_request',
    `Failed to ${what}: ${issues.map(({ path, message }) => `${path}: ${message}`).join('; ')}.`,
    issues,
  )

export const isMetricsError = (error: unknown): error is MetricsError => error instanceof MetricsError
