import type { EventIssue } from '../events/event-issue.ts'

/**
 * Whose fault a response other than success is, which says what a sender does next.
 *
 * - `event`: this event can never be accepted. It is dead; the others go on.
 * - `sender`: the key, the address or the pace is wrong, whatever the event. The sender pauses and keeps its events.
 * - `receiver`: the event and the request are good. The event is sent again later.
 */
export type ResponseFault = 'event' | 'sender' | 'receiver'

/** Who gives a response: the webhook routes, the metrics routes, the dashboard's, the relay's intake, the host's own. */
export type ResponseRoutes = 'webhooks' | 'metrics' | 'dashboard' | 'relay' | 'host'

/** One response other than success. Its body is `{ "ok": false, "error": <code> }`. */
export interface ResponseDefinition {
  readonly status: number
  /** When it is given, as a sentence. */
  readonly when: string
  readonly fault: ResponseFault
  /** Whether the same request may succeed later without anybody changing the event, the sender or its settings. */
  readonly isRetryable: boolean
  /** The body has `issues`, each with a dotted path and a message. */
  readonly hasIssues?: true
  /** `Retry-After` says in seconds how long to wait. */
  readonly hasRetryAfter?: true
  readonly routes: readonly ResponseRoutes[]
}

const table = {
  invalid_request: {
    status: 400,
    when: 'The request breaks the contract; `issues` names each field.',
    fault: 'event',
    isRetryable: false,
    hasIssues: true,
    routes: ['webhooks', 'metrics', 'dashboard', 'relay', 'host'],
  },
  unauthorized: {
    status: 401,
    when: 'The key is wrong or missing, or there is no session.',
    fault: 'sender',
    isRetryable: false,
    routes: ['webhooks', 'metrics', 'dashboard', 'relay', 'host'],
  },
  invalid_signature: {
    status: 401,
    when: 'The signature is missing or wrong, or its timestamp is more than five minutes off.',
    fault: 'sender',
    isRetryable: false,
    routes: ['webhooks'],
  },
  forbidden: {
    status: 403,
    when: 'Another site made the request.',
    fault: 'sender',
    isRetryable: false,
    routes: ['dashboard', 'relay'],
  },
  not_found: {
    status: 404,
    when: 'There is no such route, or nothing with that name.',
    fault: 'sender',
    isRetryable: false,
    routes: ['metrics', 'dashboard', 'relay', 'host'],
  },
  expired: {
    status: 409,
    when: 'The id is that of an event that was given up and is older than the retry horizon.',
    fault: 'event',
    isRetryable: false,
    routes: ['relay'],
  },
  limit_reached: {
    status: 409,
    when: 'As many of them are stored as may be; one that is removed makes room.',
    fault: 'sender',
    isRetryable: false,
    routes: ['metrics'],
  },
  payload_too_large: {
    status: 413,
    when: 'The body is too large, as announced or as sent. A batch can be halved.',
    fault: 'event',
    isRetryable: false,
    routes: ['webhooks', 'dashboard', 'relay', 'host'],
  },
  unsupported_media_type: {
    status: 415,
    when: 'The content type is one that the route does not read; webhooks are `application/json`.',
    fault: 'sender',
    isRetryable: false,
    routes: ['webhooks', 'metrics', 'dashboard', 'relay', 'host'],
  },
  rate_limited: {
    status: 429,
    when: 'A limit is reached: of requests, of events in batches, or of wrong keys from one address.',
    fault: 'sender',
    isRetryable: true,
    hasRetryAfter: true,
    routes: ['webhooks', 'metrics', 'dashboard', 'relay', 'host'],
  },
  internal_error: {
    status: 500,
    when: 'A bug, or a table that is missing; the log has the cause.',
    fault: 'receiver',
    isRetryable: true,
    routes: ['webhooks', 'metrics', 'dashboard', 'relay', 'host'],
  },
  metrics_unauthorized: {
    status: 502,
    when: 'The metrics routes refuse the key of the dashboard.',
    fault: 'receiver',
    isRetryable: false,
    routes: ['dashboard'],
  },
  metrics_not_mounted: {
    status: 502,
    when: 'There are no metrics routes at `metricsPath`.',
    fault: 'receiver',
    isRetryable: false,
    routes: ['dashboard'],
  },
  admin_auth_not_configured: {
    status: 503,
    when: 'The server has no key configured.',
    fault: 'receiver',
    isRetryable: true,
    routes: ['webhooks', 'metrics', 'dashboard', 'host'],
  },
  database_unavailable: {
    status: 503,
    when: 'Whether anything was stored is unknown: the database is unavailable or slow, too much waits for it, or the server is closing.',
    fault: 'receiver',
    isRetryable: true,
    hasRetryAfter: true,
    routes: ['webhooks', 'metrics', 'host'],
  },
  overloaded: {
    status: 503,
    when: 'Too much is under way at this moment: bodies that are being read, or reports; or a report took too long.',
    fault: 'receiver',
    isRetryable: true,
    hasRetryAfter: true,
    routes: ['webhooks', 'metrics', 'dashboard', 'relay'],
  },
  queue_full: {
    status: 503,
    when: 'The outbox has no room.',
    fault: 'receiver',
    isRetryable: true,
    hasRetryAfter: true,
    routes: ['relay'],
  },
  outbox_failed: {
    status: 503,
    when: 'The outbox cannot be used; the log has the cause.',
    fault: 'receiver',
    isRetryable: true,
    hasRetryAfter: true,
    routes: ['relay'],
  },
} as const satisfies Record<string, ResponseDefinition>

/** The `error` of a response other than success. */
export type ResponseCode = keyof typeof table

/**
 * Every response other than success, by the `error` of its body: the one table for everything that sends, documents or
 * judges a response.
 */
export const responses: Readonly<Record<ResponseCode, ResponseDefinition>> = Object.freeze(table)

/** The body of a response other than success. */
export interface ErrorBody<Code extends ResponseCode = ResponseCode> {
  ok: false
  error: Code
  issues?: readonly EventIssue[]
}

export const errorBody = <Code extends ResponseCode>(
  error: Code,
  issues?: readonly EventIssue[],
): ErrorBody<Code> => (issues === undefined ? { ok: false, error } : { ok: false, error, issues })

/** What these routes respond with besides success, ordered by status. */
export const responseCodesOf = (routes: ResponseRoutes): readonly ResponseCode[] =>
  (Object.keys(table) as ResponseCode[]).filter((code) => responses[code].routes.includes(routes))

/** The response for an error of a web framework, which has a status but none of our codes. */
export const responseCodeOfStatus = (status: number): ResponseCode => {
  if (status >= 500) return 'internal_error'
  switch (status) {
    case 401:
      return 'unauthorized'
    case 403:
      return 'forbidden'
    case 404:
      return 'not_found'
    case 413:
      return 'payload_too_large'
    case 415:
      return 'unsupported_media_type'
    case 429:
      return 'rate_limited'
    default:
      return 'invalid_request'
  }
}
