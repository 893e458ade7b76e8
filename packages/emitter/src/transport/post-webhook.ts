import { signWebhook, toWebhookTimestamp, webhookHeaders } from '@altcontext/webhook-contract'
import type { ResolvedEmitterOptions } from '../emitter-options.ts'
import { readLimited } from './read-limited.ts'
import { fetchTransport, httpTransport } from './transport.ts'

/** What came back for one request: an answer, or the code of what prevented one. */
export type Answer =
  | { status: number; retryAfter: string | null; body: string | undefined; error?: undefined }
  | { status?: undefined; error: string }

export type PostWebhook = (
  message: { url: URL; id: string; body: string; traceparent?: string | undefined },
  signal: AbortSignal,
) => Promise<Answer>

/** Five hundred results with issues are about 200 KB. */
const maxAnswerBytes = 1_048_576

/**
 * Sends one signed request and reads its answer. One attempt: retries are the delivery's business.
 * Rejects only with the reason of `signal`.
 */
export const createPostWebhook = ({
  adminKey,
  signingKeys,
  timeoutMs,
  fetch,
  now,
}: Pick<ResolvedEmitterOptions, 'adminKey' | 'signingKeys' | 'timeoutMs' | 'fetch' | 'now'>): PostWebhook => {
  const sharedHeaders = {
    'content-type': 'application/json',
    accept: 'application/json',
    'user-agent': 'altcontext-webhook-emitter',
    [webhookHeaders.adminKey]: adminKey,
  }

  const send = fetch === undefined ? httpTransport : fetchTransport(fetch)

  return async ({ url, id, body, traceparent }, signal) => {
    signal.throwIfAborted()
    const timestamp = toWebhookTimestamp(now())
    const attempt = new AbortController()
    const onAbort = (): void => attempt.abort()
    signal.addEventListener('abort', onAbort, { once: true })
    let isTimeout = false
    const timer = setTimeout(() => {
      isTimeout = true
      attempt.abort()
    }, timeoutMs)
    try {
      const response = await send({
        url,
        body,
        signal: attempt.signal,
        headers: {
          ...sharedHeaders,
          [webhookHeaders.id]: id,
          [webhookHeaders.timestamp]: timestamp,
          ...(traceparent === undefined ? {} : { traceparent }),
          ...(signingKeys.length === 0
            ? {}
            : { [webhookHeaders.signature]: signWebhook({ id, timestamp, body }, signingKeys) }),
        },
      })
      const { status, retryAfter } = response
      return { status, retryAfter, body: await readLimited(response.body, maxAnswerBytes) }
    } catch (error) {
      signal.throwIfAborted()
      return { error: isTimeout ? 'timeout' : errorCodeOf(error) }
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
    }
  }
}

// Only codes such as ECONNREFUSED are repeated: messages of a client library hold addresses and ports.
const errorCodeOf = (error: unknown): string => {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const code = 'code' in cause ? cause.code : undefined
    if (typeof code === 'string' && /^[A-Z][A-Z0-9_]{2,63}$/.test(code)) return code
    if (cause instanceof AggregateError && cause.errors.length > 0) return errorCodeOf(cause.errors[0])
  }
  return 'network_error'
}
