import {
  type BatchResponse,
  type ErrorBody,
  type EventIssue,
  errorBody,
  type HeartbeatResponse,
  type ReconcileResponse,
  type RefusalReason,
  refusalReasons,
  responses,
  type SingleResponse,
  type VerifyResponse,
} from '@altcontext/webhook-contract'

/** One refused request, or one refused event of a batch. */
export interface Refusal {
  readonly reason: RefusalReason
  readonly statusCode: number
  /** Detail for the log, never for the response. Holds nothing of the request. */
  readonly detail?: unknown
}

type SuccessBody = SingleResponse | BatchResponse | VerifyResponse | ReconcileResponse | HeartbeatResponse

/** What goes back to the sender, whichever server framework is used. */
export interface WebhookResponse {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: SuccessBody | ErrorBody
  /** What was refused: the request itself, or events of a batch. Empty if nothing was. */
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
    body: errorBody(refusalReasons[reason].response, issues),
    refusals: [refusal],
  }
}

export const refusalOf = (reason: RefusalReason, detail?: unknown): Refusal => ({
  reason,
  statusCode: responses[refusalReasons[reason].response].status,
  ...(detail === undefined ? {} : { detail }),
})

const toSeconds = (ms: number): string => String(Math.max(1, Math.ceil(ms / 1000)))
