import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createReceiverDouble, type ReceiverDouble, type ReceiverDoubleOptions } from './receiver-double.ts'

export interface ServedDouble extends AsyncDisposable {
  double: ReceiverDouble
  /** The plain route, on loopback. */
  url: string
  close(): Promise<void>
}

const path = '/v1/webhooks/description-service'

/** The receiver in memory, over real HTTP on a free port. */
export const serveDouble = async (options: ReceiverDoubleOptions): Promise<ServedDouble> => {
  const double = createReceiverDouble(options)
  const server = await listen(async (request, response) => {
    const route = new URL(request.url ?? '/', 'http://double').pathname
    if (request.method !== 'POST' || ![path, `${path}/batch`, `${path}/verify`].includes(route)) {
      response.writeHead(404).end()
      return
    }
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value[0] : value]),
    )
    const answer = await double.answer({
      isBatch: route.endsWith('/batch'),
      isVerify: route.endsWith('/verify'),
      headers,
      body: await readBody(request),
    })
    if (answer === 'silence') return
    if (answer === 'reset') {
      request.socket.resetAndDestroy()
      return
    }
    const body = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body)
    response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers }).end(body)
  })
  return { double, url: `${server.origin}${path}`, close: server.close, [Symbol.asyncDispose]: server.close }
}

/** A server on a free port of loopback. */
export const listen = async (
  listener: RequestListener,
): Promise<{ origin: string; close(): Promise<void> }> => {
  const server = createServer(listener)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
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
