import {
  type BatchResponse,
  type ErrorBody,
  type EventIssue,
  errorBody,
  type ResponseCode,
  responses,
  type SingleResponse,
  type VerifyResponse,
} from '@altcontext/webhook-contract'

/** Every reason for which a request or an event is refused, with the response that it has. */
const responseOf = {
  admin_auth_not_configured: 'admin_auth_not_configured',
  unauthorized: 'unauthorized',
  wrong_key_rate_limited: 'rate_limited',
  rate_limited: 'rate_limited',
  payload_too_large: 'payload_too_large',
  unsupported_media_type: 'unsupported_media_type',
  invalid_signature: 'invalid_signature',
  invalid_json: 'invalid_request',
  invalid_request: 'invalid_request',
  refused_by_database: 'invalid_request',
  database_unavailable: 'database_unavailable',
  overloaded: 'overloaded',
  internal_error: 'internal_error',
} as const satisfies Record<string, ResponseCode>

/** Why something was refused. Finer than the response's `error`, which tells a stranger less. */
export type RefusalReason = keyof typeof responseOf

/** One refused request, or one refused event of a batch. */
export interface Refusal {
  readonly reason: RefusalReason
  readonly statusCode: number
  /** More for the log, never for the response. Holds nothing of the request. */
  readonly detail?: unknown
}

type SuccessBody = SingleResponse | BatchResponse | VerifyResponse

/** What goes back to the sender, whatever the server framework. */
export interface WebhookResponse {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: SuccessBody | ErrorBody
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

export const succeed = (body: SuccessBody, refusals = nothingRefused): WebhookResponse => ({
  statusCode: 200,
  headers: noHeaders,
  body,
  refusals,
})

export const refuse = (
  reason: RefusalReason,
  { issues, retryAfterMs, detail }: RefuseOptions = {},
): WebhookResponse => {
  const refusal = refusalOf(reason, detail)
  return {
    statusCode: refusal.statusCode,
    headers: retryAfterMs === undefined ? noHeaders : { 'retry-after': toSeconds(retryAfterMs) },
    body: errorBody(responseOf[reason], issues),
    refusals: [refusal],
  }
}

export const refusalOf = (reason: RefusalReason, detail?: unknown): Refusal => ({
  reason,
  statusCode: responses[responseOf[reason]].status,
  ...(detail === undefined ? {} : { detail }),
})

const toSeconds = (ms: number): string => String(Math.max(1, Math.ceil(ms / 1000)))
