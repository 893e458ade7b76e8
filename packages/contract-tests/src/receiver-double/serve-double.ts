import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  createReceiverDouble,
  type DoubleAnswer,
  type DoubleRequest,
  type ReceiverDouble,
  type ReceiverDoubleOptions,
} from './receiver-double.ts'

export interface ServedDouble extends AsyncDisposable {
  double: ReceiverDouble
  /** The plain route, on loopback. */
  url: string
  close(): Promise<void>
}

export const doublePath = '/v1/webhooks/description-service'

/** The receiver in memory, over real HTTP on a free port. */
export const serveDouble = async (options: ReceiverDoubleOptions): Promise<ServedDouble> => {
  const double = createReceiverDouble(options)
  const server = await listen(async (request, response) => {
    const completeness = completenessRoutes.get(routeOf(request.url ?? '/'))
    if (completeness === undefined && !isWebhookRequest(request)) {
      response.writeHead(404).end()
      return
    }
    respond(request, response, await double.answer({ ...(await readRequest(request)), completeness }))
  })
  return {
    double,
    url: `${server.origin}${doublePath}`,
    close: server.close,
    [Symbol.asyncDispose]: server.close,
  }
}

const completenessRoutes = new Map([
  [`${doublePath}/heartbeat`, 'heartbeat' as const],
  [`${doublePath}/reconcile`, 'reconcile' as const],
])

/** Whether a request is for the plain route, `/batch` or `/verify`. */
export const isWebhookRequest = ({ method, url = '/' }: IncomingMessage): boolean =>
  method === 'POST' && [doublePath, `${doublePath}/batch`, `${doublePath}/verify`].includes(routeOf(url))

const routeOf = (url: string): string => new URL(url, 'http://double').pathname

export const readRequest = async (request: IncomingMessage): Promise<DoubleRequest> => {
  const route = routeOf(request.url ?? '/')
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value[0] : value]),
  )
  const isBatch = route.endsWith('/batch')
  return { isBatch, isVerify: route.endsWith('/verify'), headers, body: await readBody(request) }
}

export const respond = (request: IncomingMessage, response: ServerResponse, answer: DoubleAnswer): void => {
  if (answer === 'silence') return
  if (answer === 'reset') {
    request.socket.resetAndDestroy()
    return
  }
  const body = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body)
  response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers }).end(body)
}

/** A server on loopback, by default on a free port. */
export const listen = async (
  listener: RequestListener,
  port = 0,
): Promise<{ origin: string; close(): Promise<void> }> => {
  const server = createServer(listener)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const readBody = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}
