import http, { type ClientRequest, type IncomingMessage } from 'node:http'
import https from 'node:https'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { noBody, type Transport, type TransportRequest, type TransportResponse } from './transport.ts'

/**
 * Node's own client with its own pool of connections. For a batch it takes half the time of `fetch`, which
 * pushes every body through web streams.
 *
 * Only using a kept connection shows that the other side has closed it in the meantime. That costs no
 * attempt: the request goes out once more, on a connection of its own, unless part of a response came.
 *
 * Only waiting shows that one has gone silent. That costs an attempt, but not one for each kept
 * connection: those that are idle then are closed unused.
 */
export const platformTransport: Transport = async (request) => {
  try {
    return await exchange(request, {})
  } catch (error) {
    if (!(error instanceof StaleConnection) || request.signal.aborted) throw error
    return await exchange(request, { agent: false })
  }
}

const exchange = (
  { url, headers, body, signal }: TransportRequest,
  connection: { agent?: false },
): Promise<TransportResponse> =>
  new Promise((resolve, reject) => {
    // Looked up for each request, because a stand-in for the receiver in a test (msw), or a recorder of spans, replaces it.
    const client = url.protocol === 'https:' ? https : http
    signal.addEventListener('abort', () => closeIdleConnections(client.globalAgent, url), { once: true })
    let hasResponded = false
    let receivedBefore = 0
    const request: ClientRequest = client
      .request(url, { method: 'POST', headers, signal, ...connection })
      .on('socket', (socket) => {
        receivedBefore = socket.bytesRead
      })
      .on('information', () => {
        hasResponded = true
      })
      .on('response', (response) => {
        hasResponded = true
        resolve(toTransportResponse(response, response))
      })
      // Node hands a 101 to this event and to no other; without a listener there would be neither response nor error.
      .on('upgrade', (response, socket) => {
        hasResponded = true
        socket.destroy()
        resolve(toTransportResponse(response, noBody()))
      })
      .on('error', (error) => reject(isStale() ? new StaleConnection(error) : error))
      // Always the last event.
      .on('close', () => reject(new ConnectionClosed()))

    const isStale = (): boolean => {
      const { socket, reusedSocket } = request
      return reusedSocket && !hasResponded && !signal.aborted && (isEncrypted(socket) || !hasReceived(socket))
    }
    const hasReceived = (socket: Socket | null): boolean => (socket?.bytesRead ?? 0) > receivedBefore

    request.end(body)
  })

const toTransportResponse = (
  { statusCode, headers }: IncomingMessage,
  body: AsyncIterable<Uint8Array>,
): TransportResponse => ({
  status: statusCode ?? 0,
  retryAfter: headers['retry-after'] ?? null,
  date: headers.date ?? null,
  body,
})

const closeIdleConnections = ({ freeSockets }: http.Agent, { hostname, port, protocol }: URL): void => {
  const host = hostname.replace(/^\[|\]$/g, '')
  const prefix = `${host}:${port || (protocol === 'https:' ? 443 : 80)}:`
  for (const [name, sockets = []] of Object.entries(freeSockets)) {
    if (name.startsWith(prefix)) for (const socket of [...sockets]) socket.destroy()
  }
}

// The alert with which TLS ends a connection is counted as received.
const isEncrypted = (socket: Socket | null): boolean => (socket as TLSSocket | null)?.encrypted === true

/** A kept connection broke before any part of a response came. */
class StaleConnection extends Error {
  constructor(cause: Error) {
    super('A kept connection had been closed by the other side.', { cause })
  }
}

class ConnectionClosed extends Error {
  readonly code = 'CONNECTION_CLOSED'

  constructor() {
    super('The connection was closed without a response.')
  }
}
