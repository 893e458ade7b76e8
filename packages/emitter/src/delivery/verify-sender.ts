import { verifyResponseSchema } from '@altcontext/webhook-contract'
import { newId } from '../new-id.ts'
import type { ResolvedEmitterOptions } from '../resolve-emitter-options.ts'
import { createPostWebhook } from '../transport/post-webhook.ts'
import { judgeWebhookResponse } from './judge-webhook-response.ts'
import { parseJson } from './read-results.ts'
import type { SenderFaultReason } from './sender-fault.ts'

/** What the receiver says about this sender. */
export type SenderVerification =
  /** Address, key and, if the receiver checks it, signature are correct. */
  | {
      status: 'accepted'
      /** The name of the receiver's contract. */
      contract: string
      /** Whether the receiver checks signatures at all. */
      isSignatureChecked: boolean
    }
  /** Events would wait until what `reason` names is corrected. `not_found`: also a receiver without such a route. */
  | {
      status: 'refused'
      reason: SenderFaultReason
      /** For people: `HTTP 401 unauthorized`. */
      detail: string
      /** How far the receiver's clock is ahead of this one, by the `Date` of its response. */
      clockSkewMs: number | undefined
    }
  /** There was no response that says anything about the sender: `ECONNREFUSED`, `timeout`, `http_503`; `no_receiver_address` for a transport without one. */
  | { status: 'unavailable'; error: string }

/** Asks the receiver once, without an event. */
export const verifySender = async (options: ResolvedEmitterOptions): Promise<SenderVerification> => {
  const post = createPostWebhook(options)
  const response = await post(
    { url: options.verifyUrl, id: newId(), body: '{}' },
    new AbortController().signal,
  )
  if (response.status !== undefined && response.status >= 200 && response.status <= 299) {
    const { data } = verifyResponseSchema.safeParse(parseJson(response.body))
    if (data === undefined) return { status: 'unavailable', error: 'malformed_response' }
    return { status: 'accepted', contract: data.contract, isSignatureChecked: data.isSignatureChecked }
  }
  const verdict = judgeWebhookResponse(response, { isBatch: false, ids: [], nowMs: options.now() })
  if (verdict.kind === 'sender_fault') {
    const { reason, detail, clockSkewMs } = verdict.fault
    return { status: 'refused', reason, detail, clockSkewMs }
  }
  return { status: 'unavailable', error: 'error' in verdict ? verdict.error : 'malformed_response' }
}
