import type { BatchResponse, EventIssue, SingleResponse } from '@altcontext/webhook-contract'

/** Every reason for which a request or an event is refused, with its answer. */
const answers = {
  admin_auth_not_configured: [503, 'admin_auth_not_configured'],
  unauthorized: [401, 'unauthorized'],
  wrong_key_rate_limited: [429, 'rate_limited'],
  rate_limited: [429, 'rate_limited'],
  payload_too_large: [413, 'payload_too_large'],
  unsupported_media_type: [415, 'unsupported_media_type'],
  invalid_signature: [401, 'invalid_signature'],
  invalid_json: [400, 'invalid_request'],
  invalid_request: [400, 'invalid_request'],
  refused_by_database: [400, 'invalid_request'],
  database_unavailable: [503, 'database_unavailable'],
  internal_error: [500, 'internal_error'],
} as const

/** Why something was refused. Finer than the answer's `error`, which tells a stranger less. */
export type RefusalReason = keyof typeof answers

/** One refused request, or one refused event of a batch. */
export interface Refusal {
  readonly reason: RefusalReason
  readonly statusCode: number
  /** More for the log, never for the answer. Holds nothing of the request. */
  readonly detail?: unknown
}

/** The body of every answer that is not a success. */
export interface ErrorBody {
  ok: false
  error: (typeof answers)[RefusalReason][1]
  issues?: readonly EventIssue[]
}

/** What goes back to the sender, whatever the server framework. */
export interface Answer {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: SingleResponse | BatchResponse | ErrorBody
  /** What was refused: the request itself, or events of a batch. Empty when all is well. */
  readonly refusals: readonly Refusal[]
}

export interface RefuseOptions {
  issues?: readonly EventIssue[] | undefined
  retryAfterMs?: number | undefined
  detail?: unknown
}

const noHeaders = Object.freeze({})
const nothingRefused: readonly Refusal[] = Object.freeze([])

export const succeed = (body: SingleResponse | BatchResponse, refusals = nothingRefused): Answer => ({
  statusCode: 200,
  headers: noHeaders,
  body,
  refusals,
})

export const refuse = (
  reason: RefusalReason,
  { issues, retryAfterMs, detail }: RefuseOptions = {},
): Answer => {
  const [statusCode, error] = answers[reason]
  return {
    statusCode,
    headers: retryAfterMs === undefined ? noHeaders : { 'retry-after': toSeconds(retryAfterMs) },
    body: issues === undefined ? { ok: false, error } : { ok: false, error, issues },
    refusals: [{ reason, statusCode, ...(detail === undefined ? {} : { detail }) }],
  }
}

export const refusalOf = (reason: RefusalReason): Refusal => ({ reason, statusCode: answers[reason][0] })

const toSeconds = (ms: number): string => String(Math.max(1, Math.ceil(ms / 1000)))
