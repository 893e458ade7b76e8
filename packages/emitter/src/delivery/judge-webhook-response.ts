import { contractLimits, judgeResponse } from '@altcontext/webhook-contract'
import type { DeadReason } from '../outbox/outbox.ts'
import type { ResponseOrError } from '../transport/post-webhook.ts'
import { describeRefusal, type EventResult, parseJson, readResults } from './read-results.ts'
import { parseRetryAfter } from './retry-after.ts'
import type { SenderFault, SenderFaultReason } from './sender-fault.ts'

/** What one response means for the events of its request. */
export type Verdict =
  /** One result for each event, in the order of the request. */
  | { kind: 'results'; results: readonly EventResult[] }
  | {
      kind: 'retry'
      error: string
      /** What the receiver asked for, before any ceiling. */
      retryAfterMs: number | undefined
      /** 429: the sender is too fast; nothing is wrong with the event. */
      isRateLimit: boolean
    }
  | { kind: 'dead'; reason: DeadReason; detail: string; error: string }
  /** The response says nothing about the events: the key, the address or the clock is wrong. */
  | { kind: 'sender_fault'; fault: SenderFault }
  /** 413 to several events. */
  | { kind: 'too_large' }
  /** Several events are refused together, so it is unknown which of them is at fault. */
  | { kind: 'refused_together' }
  /** 404 or 405 to a batch. */
  | { kind: 'no_batch_route' }

export interface JudgedRequest {
  isBatch: boolean
  /** The events' ids, in the order of the request. */
  ids: readonly string[]
  nowMs: number
}

/**
 * Judges a response by the contract's table of responses. Network errors, time-outs and responses that are not ours are
 * worth another attempt. Only what the receiver says about an event makes that event dead. Nothing counts as delivered
 * unless the receiver says so about this very event.
 */
export const judgeWebhookResponse = (
  response: ResponseOrError,
  { isBatch, ids, nowMs }: JudgedRequest,
): Verdict => {
  if (response.status === undefined) return retryVerdict(response.error)
  const { status } = response
  const body = parseJson(response.body)
  if (status >= 200 && status <= 299) {
    const results = readResults(body, { isBatch, ids })
    return 'error' in results ? retryVerdict(results.error) : { kind: 'results', results: results.results }
  }
  const error = `http_${status}`
  // An interim response in place of a final one says nothing at all. 0 is a redirect, see below.
  if (status > 0 && status < 200) return retryVerdict(error)
  const { fault, isRetryable } = judgeResponse(status, body)
  if (fault === 'event') {
    if (isBatch && ids.length > 1) return { kind: status === 413 ? 'too_large' : 'refused_together' }
    return { kind: 'dead', reason: 'refused', detail: `HTTP ${status}${describeRefusal(body)}`, error }
  }
  if (fault === 'receiver' || isRetryable) {
    const retryAfterMs = parseRetryAfter(response.retryAfter, nowMs)
    return { kind: 'retry', error, retryAfterMs, isRateLimit: status === 429 }
  }
  if (isBatch && (status === 404 || status === 405)) return { kind: 'no_batch_route' }
  return { kind: 'sender_fault', fault: toSenderFault(status, body, skewOf(response.date, nowMs)) }
}

/** A response that is not from a receiver: worth another attempt. */
export const retryVerdict = (error: string): Extract<Verdict, { kind: 'retry' }> => ({
  kind: 'retry',
  error,
  retryAfterMs: undefined,
  isRateLimit: false,
})

const toSenderFault = (status: number, body: unknown, clockSkewMs: number | undefined): SenderFault => {
  const error = `http_${status}`
  const isSignature =
    status === 401 && typeof body === 'object' && body !== null && 'error' in body
      ? body.error === 'invalid_signature'
      : false
  const isClockWrong = Math.abs(clockSkewMs ?? 0) > contractLimits.signatureToleranceMs
  const reason = isSignature ? (isClockWrong ? 'wrong_clock' : 'invalid_signature') : reasonOf(status)
  return { reason, error, detail: `HTTP ${status}${describeRefusal(body)}`, clockSkewMs }
}

const reasonOf = (status: number): SenderFaultReason => {
  // A client that does not follow redirects may report 0 for them (the Fetch standard's opaque redirect).
  if (status < 400) return 'redirected'
  if (status === 401) return 'unauthorized'
  if (status === 403) return 'forbidden'
  return status === 404 || status === 405 || status === 410 ? 'not_found' : 'not_accepted'
}

/** How far the receiver's clock is ahead of ours; its `Date` knows whole seconds. */
const skewOf = (date: string | null, nowMs: number): number | undefined => {
  const dateMs = date === null ? Number.NaN : Date.parse(date)
  return Number.isNaN(dateMs) ? undefined : dateMs - nowMs
}
