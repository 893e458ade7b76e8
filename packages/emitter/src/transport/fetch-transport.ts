import { noBody, type Transport, type TransportRequest } from './transport.ts'

/** Resolves with whatever status came; follows no redirect, as the request says. */
type Fetch = (request: Request) => Promise<Response>

/**
 * Sends with a `fetch`: one that stands in for the receiver, or `ky` where there is no Node. Retries, time-outs and what a status
 * means are up to the delivery.
 *
 * A kept connection that the other side has closed in the meantime costs no attempt if the platform tries again by itself, as
 * Deno does, or says that a connection was closed, as Bun and undici do: the request is sent once more. `fetch` does not say
 * whether the connection was a kept one, so that is assumed for an origin whose last request got a response.
 */
export const createFetchTransport = (fetch: Fetch): Transport => {
  const respondedOrigins = new Set<string>()
  return async (request) => {
    const { url, signal } = request
    const mayBeKept = respondedOrigins.has(url.origin)
    const response = await fetch(post(request)).catch((error: unknown) => {
      respondedOrigins.delete(url.origin)
      if (!mayBeKept || signal.aborted || !isClosedConnection(error)) throw error
      return fetch(post(request, { keepalive: false }))
    })
    respondedOrigins.add(url.origin)
    return {
      status: response.status,
      retryAfter: response.headers.get('retry-after'),
      date: response.headers.get('date'),
      body: response.body ?? noBody(),
    }
  }
}

const post = (
  { url, headers, body, signal }: TransportRequest,
  connection: { keepalive?: false } = {},
): Request => new Request(url, { method: 'POST', headers, body, signal, redirect: 'manual', ...connection })

// Platforms have the code on the error or on one of its causes.
const isClosedConnection = (error: unknown): boolean =>
  error instanceof Error &&
  (('code' in error && closedConnectionCodes.has(error.code)) || isClosedConnection(error.cause))

const closedConnectionCodes = new Set<unknown>(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'])
