import {
  type BatchResult,
  batchResponseSchema,
  type EventIssue,
  singleResponseSchema,
} from '@altcontext/webhook-contract'
import type { DeadReason } from '../outbox/outbox.ts'
import type { Answer } from '../transport/post-webhook.ts'
import { parseRetryAfter } from './retry-after.ts'

/** What one answer means for the events of its request. */
export type Verdict =
  /** One result for each event, in order. */
  | { kind: 'answered'; results: readonly BatchResult[] }
  | {
      kind: 'retry'
      error: string
      /** What the receiver asked for, before any ceiling. */
      retryAfterMs: number | undefined
      /** 429: it is the sender that is too fast, not the event that is bad. */
      isRateLimit: boolean
    }
  | { kind: 'dead'; reason: DeadReason; detail: string; error: string }
  /** 413 to several events. */
  | { kind: 'too_large' }
  /** 404 or 405 to a batch. */
  | { kind: 'no_batch_route' }

/**
 * Judges an answer: network errors, timeouts, 408, 425, 429, 5xx and answers that are not ours are worth
 * another attempt; 3xx and every other 4xx are final. Nothing counts as delivered without the receiver's word for it.
 */
export const judgeAnswer = (
  answer: Answer,
  { isBatch, events, nowMs }: { isBatch: boolean; events: number; nowMs: number },
): Verdict => {
  if (answer.status === undefined) {
    return { kind: 'retry', error: answer.error, retryAfterMs: undefined, isRateLimit: false }
  }
  const { status } = answer
  if (status >= 200 && status <= 299) {
    const results = readResults(answer.body, isBatch)
    if (results?.length === events) return { kind: 'answered', results }
    return { kind: 'retry', error: 'malformed_answer', retryAfterMs: undefined, isRateLimit: false }
  }
  const error = `http_${status}`
  // 0 is no status of HTTP: a client that does not follow redirects may report one so (the Fetch standard's opaque
  // redirect). An interim response in place of a final one says nothing at all.
  const isInterim = status >= 100 && status <= 199
  if (isInterim || status === 408 || status === 425 || status === 429 || status >= 500) {
    return {
      kind: 'retry',
      error,
      retryAfterMs: parseRetryAfter(answer.retryAfter, nowMs),
      isRateLimit: status === 429,
    }
  }
  if (isBatch && status === 413) return { kind: 'too_large' }
  if (isBatch && (status === 404 || status === 405)) return { kind: 'no_batch_route' }
  if (status < 400) {
    return { kind: 'dead', reason: 'redirected', detail: `HTTP ${status}, redirects are not followed`, error }
  }
  return { kind: 'dead', reason: 'refused', detail: `HTTP ${status}${describeRefusal(answer.body)}`, error }
}

/** `invalid_request (payload.mediaCount)`: what a receiver says of an event, without any text of its own making. */
export const describeIssues = (error: unknown, issues: readonly Pick<EventIssue, 'path'>[]): string => {
  const code = typeof error === 'string' && /^[a-z][a-z0-9_]{0,63}$/.test(error) ? error : 'unknown_error'
  const paths = issues.map(({ path }) => path).filter((path) => /^[A-Za-z0-9_.[\]]{1,100}$/.test(path))
  return paths.length === 0 ? code : `${code} (${paths.slice(0, 5).join(', ')})`
}

const readResults = (body: string | undefined, isBatch: boolean): readonly BatchResult[] | undefined => {
  const value = parseJson(body)
  if (isBatch) return batchResponseSchema.safeParse(value).data?.results
  const single = singleResponseSchema.safeParse(value).data
  return single && [{ status: single.duplicate ? 'duplicate' : 'stored', eventId: single.eventId }]
}

const describeRefusal = (body: string | undefined): string => {
  const value = parseJson(body)
  if (typeof value !== 'object' || value === null || !('error' in value)) return ''
  const issues = 'issues' in value && Array.isArray(value.issues) ? value.issues : []
  return ` ${describeIssues(
    value.error,
    issues.filter((issue) => typeof issue?.path === 'string'),
  )}`
}

const parseJson = (text: string | undefined): unknown => {
  if (text === undefined) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
