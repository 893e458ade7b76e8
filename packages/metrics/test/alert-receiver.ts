import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

export interface ReceivedAlert {
  headers: IncomingHttpHeaders
  body: string
}

/** Somebody's own receiver, over a real socket: it knows nothing of ours, and answers with the next status of the list. */
export const startAlertReceiver = async (statuses: number[] = []) => {
  const received: ReceivedAlert[] = []
  const server = createServer(async (request, response) => {
    received.push({ headers: request.headers, body: await text(request) })
    response.writeHead(statuses.shift() ?? 200).end('thanks')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks/token-of-the-path`,
    received,
    /** What was accepted and answered, as the events that it holds. */
    events: () => received.map(({ body }) => JSON.parse(body)),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
