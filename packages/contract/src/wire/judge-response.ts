import { type ResponseCode, type ResponseDefinition, type ResponseFault, responses } from './responses.ts'

/** What a sender may conclude from a response other than success. */
export interface ResponseJudgement {
  fault: ResponseFault
  /** Whether the same request may succeed later without anybody changing the event, the sender or its settings. */
  isRetryable: boolean
  /** The response of our table that this is; without one it comes from something in between, or another receiver. */
  code: ResponseCode | undefined
}

/**
 * Judges a response of the webhook routes whose status is not 2xx, by its status and its body as parsed JSON.
 *
 * An event is at fault only when the receiver says so about this very event: `invalid_request` with `issues`, or 413. A
 * 400 of a proxy, a redirect or a missing route say nothing about the event: the sender is at fault.
 */
export const judgeResponse = (status: number, body: unknown): ResponseJudgement => {
  const code = codeOf(status, body)
  if (code !== undefined) {
    const { fault, isRetryable } = responses[code]
    return { fault, isRetryable, code }
  }
  return { ...judgeStatus(status), code }
}

const codeOf = (status: number, body: unknown): ResponseCode | undefined => {
  if (typeof body !== 'object' || body === null) return undefined
  const { error, issues } = body as { error?: unknown; issues?: unknown }
  if (typeof error !== 'string' || !Object.hasOwn(responses, error)) return undefined
  const definition: ResponseDefinition = responses[error as ResponseCode]
  if (definition.status !== status) return undefined
  if (definition.hasIssues && !(Array.isArray(issues) && issues.length > 0)) return undefined
  return error as ResponseCode
}

const judgeStatus = (status: number): Omit<ResponseJudgement, 'code'> => {
  if (status === 413) return { fault: 'event', isRetryable: false }
  // RFC 9110 and RFC 6585: the server was not ready for this request at this moment.
  if (status === 408 || status === 425 || status === 429) return { fault: 'sender', isRetryable: true }
  if (status >= 500) return { fault: 'receiver', isRetryable: true }
  return { fault: 'sender', isRetryable: false }
}
