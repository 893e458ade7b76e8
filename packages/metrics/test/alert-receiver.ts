import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

export interface ReceivedAlert {
  headers: IncomingHttpHeaders
  body: string
}

/**
 * Somebody's own receiver, over a real socket: it has none of our code, and responds with the next status of the list, or with the
 * status that the function returns for a body. Undefined is no response.
 */
export const startAlertReceiver = async (
  statuses: number[] | ((body: string) => number | undefined) = [],
) => {
  const statusOf = typeof statuses === 'function' ? statuses : () => statuses.shift() ?? 200

  const received: ReceivedAlert[] = []
  const server = createServer(async (request, response) => {
    const body = await text(request)
    received.push({ headers: request.headers, body })
    const status = statusOf(body)
    if (status !== undefined) response.writeHead(status).end('thanks')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks/token-of-the-path`,
    received,
    /** The events of the bodies that it received. */
    events: () => received.map(({ body }) => JSON.parse(body)),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
