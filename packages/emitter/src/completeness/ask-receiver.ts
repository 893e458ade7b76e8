import {
  type ReconcileRequest,
  type ReconcileResponse,
  reconcileResponseSchema,
} from '@altcontext/webhook-contract'
import { byteLength } from '../byte-length.ts'
import { judgeWebhookResponse } from '../delivery/judge-webhook-response.ts'
import { parseJson } from '../delivery/read-results.ts'
import { EmitterError } from '../emitter-error.ts'
import { newId } from '../new-id.ts'
import type { PostWebhook } from '../transport/post-webhook.ts'
import { maxAttempts, waitAgain } from './wait-again.ts'

/** What a reconciliation cost. */
export interface ReconcileTraffic {
  requests: number
  /** Bodies of requests and of responses. */
  bytesSent: number
  bytesReceived: number
}

export type AskReceiver = (request: ReconcileRequest) => Promise<ReconcileResponse['results']>

/** Asks `POST <path>/reconcile`, and again while the receiver says to try later. */
export const createAskReceiver = (
  { post, url, now, signal }: { post: PostWebhook; url: URL; now: () => number; signal: AbortSignal },
  traffic: ReconcileTraffic,
): AskReceiver => {
  const ask = async (body: string, attempt: number): Promise<ReconcileResponse['results']> => {
    traffic.requests += 1
    traffic.bytesSent += byteLength(body)
    const response = await post({ url, id: newId(), body }, signal)
    traffic.bytesReceived += byteLength(response.status === undefined ? '' : (response.body ?? ''))
    if (response.status === 200) {
      const { data } = reconcileResponseSchema.safeParse(parseJson(response.body))
      if (data !== undefined) return data.results
    }
    const verdict = judgeWebhookResponse(response, { isBatch: false, ids: [], nowMs: now() })
    if (verdict.kind === 'retry' && attempt < maxAttempts) {
      await waitAgain(attempt, verdict.retryAfterMs, signal)
      return ask(body, attempt + 1)
    }
    throw new EmitterError(
      'not_comparable',
      `Failed to compare events with the receiver: ${wordsOf(response)}.`,
    )
  }
  return async (request) => {
    const results = await ask(JSON.stringify(request), 1)
    if (results.length === request.ranges.length) return results
    throw new EmitterError(
      'not_comparable',
      `Failed to compare events with the receiver: its response has ${results.length} of ${request.ranges.length} ranges. Update it.`,
    )
  }
}

const wordsOf = (response: Awaited<ReturnType<PostWebhook>>): string => {
  if (response.status === undefined) return `${response.error}. Try again when it can be reached`
  if (response.status === 404) {
    return 'it responded with HTTP 404. Update it to a version that compares, or correct the address'
  }
  if (response.status === 200) return 'its response does not follow this protocol. Update it'
  return `it responded with HTTP ${response.status}. Check whether events are delivered, and why not`
}
