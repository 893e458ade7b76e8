import { signWebhook, toWebhookTimestamp, webhookHeaders } from '@altcontext/webhook-contract'
import { platformTransport } from '#transport'
import type { ResolvedEmitterOptions } from '../resolve-emitter-options.ts'
import { createFetchTransport } from './fetch-transport.ts'
import { readLimited } from './read-limited.ts'

/** What came back for one request: a response, or the code of the error that prevented one. */
export type ResponseOrError =
  | {
      status: number
      retryAfter: string | null
      date: string | null
      body: string | undefined
      error?: undefined
    }
  | { status?: undefined; error: string }

export type PostWebhook = (
  message: { url: URL; id: string; body: string; traceparent?: string | undefined },
  signal: AbortSignal,
) => Promise<ResponseOrError>

/** Five hundred results with issues are about 200 KB. */
const maxResponseBytes = 1_048_576

/**
 * Sends one signed request and reads its response. One attempt: retries are up to the delivery. It ends within
 * `timeoutMs` whatever comes back, and whatever the transport does. Rejects only with the reason of `signal`.
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

  const send = fetch === undefined ? platformTransport : createFetchTransport(fetch)

  return async ({ url, id, body, traceparent }, signal) => {
    signal.throwIfAborted()
    const timestamp = toWebhookTimestamp(now())
    const attempt = new AbortController()
    const exchange = async (): Promise<ResponseOrError> => {
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
      const { status, retryAfter, date } = response
      return { status, retryAfter, date, body: await readLimited(response.body, maxResponseBytes) }
    }
    let end = (_result: ResponseOrError): void => {}
    const ended = new Promise<ResponseOrError>((resolve) => {
      end = resolve
    })
    const timer = setTimeout(() => end({ error: 'timeout' }), timeoutMs)
    // Its result is ignored: the caller gets the reason of its own signal.
    const onAbort = (): void => end({ error: 'aborted' })
    signal.addEventListener('abort', onAbort, { once: true })
    // Not only aborted but left behind: a transport that forgets a request must not keep its place with it.
    const result = await Promise.race([
      exchange().catch((error: unknown): ResponseOrError => ({ error: errorCodeOf(error) })),
      ended,
    ])
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
    if (result.status === undefined) {
      attempt.abort()
      signal.throwIfAborted()
    }
    return result
  }
}

/**
 * Only codes are repeated, because messages of a client library hold addresses and ports: the system's, such as `ECONNREFUSED`, or
 * else a transport's, such as `broker_unavailable`.
 */
export const errorCodeOf = (error: unknown): string => {
  let ofTransport: string | undefined
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : ''
    if (/^[A-Z][A-Z0-9_]{2,63}$/.test(code)) return code
    if (/^[a-z][a-z0-9_]{2,63}$/.test(code)) ofTransport ??= code
    if (cause instanceof AggregateError && cause.errors.length > 0) return errorCodeOf(cause.errors[0])
  }
  return ofTransport ?? 'network_error'
}
