import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { text as readText } from 'node:stream/consumers'
import { type BadResponse, chooseBadResponses, toHttp, type WebhookCall } from './bad-responses.ts'

/** Takes the place of a receiver, and gives every other request a bad response, each of them once. */
export interface BadReceiver extends AsyncDisposable {
  port: number
  /** The titles of the bad responses that have not been given yet. */
  missing(): readonly string[]
}

/** @param port of the real receiver, which gets the requests with good responses, and some of the others */
export const startBadReceiver = async (port: number): Promise<BadReceiver> => {
  const left = new Set(chooseBadResponses())
  let calls = 0

  const nextFor = (call: WebhookCall): BadResponse | undefined => {
    calls += 1
    // Events travel alone when a refused sender tries again, and rarely otherwise: so use that chance.
    const forAlone = call.isBatch ? undefined : [...left].find(({ isFor }) => isFor?.(call) === true)
    if (forAlone === undefined && calls % 2 === 1) return undefined
    const next = forAlone ?? [...left].find(({ isFor }) => isFor?.(call) ?? true)
    if (next !== undefined) left.delete(next)
    return next
  }
  const respond = async (request: IncomingMessage, socket: Socket): Promise<void> => {
    const call = await readCall(request, port)
    const bad = nextFor(call)
    if (bad !== undefined) {
      await bad.give(call, socket)
      return
    }
    const { status, body } = await call.forward(call.body)
    socket.write(toHttp(status, body))
  }
  // The responses are not always HTTP, so they are written directly to the socket.
  const server = createServer((request) => {
    const { socket } = request
    respond(request, socket).catch(() => socket.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    missing: () => [...left].map(({ title }) => title),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

const readCall = async (request: IncomingMessage, port: number): Promise<WebhookCall> => {
  const { url: path = '' } = request
  const headers: Record<string, string> = {}
  for (const name of [
    'content-type',
    'x-admin-key',
    'webhook-id',
    'webhook-timestamp',
    'webhook-signature',
  ]) {
    const value = request.headers[name]
    if (typeof value === 'string') headers[name] = value
  }
  return {
    body: await readText(request),
    isBatch: path.endsWith('/batch'),
    eventId: headers['webhook-id'] ?? randomUUID(),
    async forward(body) {
      const signal = AbortSignal.timeout(10_000)
      const response = await fetch(`http://127.0.0.1:${port}${path}`, {
        method: 'POST',
        headers,
        body,
        signal,
      })
      return { status: response.status, body: await response.text() }
    },
  }
}
