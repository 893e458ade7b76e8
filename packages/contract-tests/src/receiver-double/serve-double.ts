import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  createReceiverDouble,
  type DoubleRequest,
  type DoubleResponse,
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
    sendResponse(await double.respond({ ...(await readRequest(request)), completeness }), request, response)
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

export const sendResponse = (
  response: DoubleResponse,
  request: IncomingMessage,
  stream: ServerResponse,
): void => {
  if (response === 'silence') return
  if (response === 'reset') {
    request.socket.resetAndDestroy()
    return
  }
  const body = typeof response.body === 'string' ? response.body : JSON.stringify(response.body)
  stream.writeHead(response.status, { 'content-type': 'application/json', ...response.headers }).end(body)
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
