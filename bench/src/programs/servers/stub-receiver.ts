import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createGunzip } from 'node:zlib'
import { report } from '../../processes/process-channel.ts'

/**
 * Takes the requests of Segment's, PostHog's and our client, and responds to each as its own service does. `GET /count` returns how
 * many different events have arrived since the last such request.
 */
const arrived = new Set<string>()

const readBody = async (request: IncomingMessage): Promise<string> => {
  const source = request.headers['content-encoding'] === 'gzip' ? request.pipe(createGunzip()) : request
  const chunks: Buffer[] = []
  for await (const chunk of source) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

const responseTo = (request: IncomingMessage, body: string): unknown => {
  if (request.url === '/count') {
    const count = arrived.size
    arrived.clear()
    return { count }
  }
  const { events, batch } = JSON.parse(body)
  for (const { id, messageId, uuid } of events ?? batch ?? [{ id: request.headers['webhook-id'] }]) {
    arrived.add(id ?? messageId ?? uuid)
  }
  if (events === undefined)
    return { ok: true, success: true, status: 1, eventId: request.headers['webhook-id'] }
  return { ok: true, results: events.map(({ id }: { id: string }) => ({ status: 'stored', eventId: id })) }
}

const server = createServer(async (request, response) => {
  const body = await readBody(request)
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify(responseTo(request, body)))
})
server.listen(0, '127.0.0.1', () => {
  report({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }, async () =>
    server.closeAllConnections(),
  )
})
