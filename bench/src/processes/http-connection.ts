import { once } from 'node:events'
import { connect } from 'node:net'

/**
 * One keep-alive connection for requests whose bytes are prepared in advance. A client library used as much processor
 * time for a request as the server did, on the same two cores: the benchmark would have measured the client.
 */
export interface HttpConnection {
  /** Resolves with the status, once the whole response has arrived. One request at a time. */
  send(request: Buffer): Promise<number>
  close(): void
}

export interface HttpRequest {
  path: string
  headers: Readonly<Record<string, string>>
  body: string
}

/** A POST as it travels (RFC 9112). */
export const toRequestBytes = (url: string, { path, headers, body }: HttpRequest): Buffer => {
  const lines = Object.entries({
    host: new URL(url).host,
    'content-length': Buffer.byteLength(body),
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.from(`POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`)
}

export const openHttpConnection = async (url: string): Promise<HttpConnection> => {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port), noDelay: true })
  await once(socket, 'connect')
  let received = ''
  let waiting: { resolve(status: number): void; reject(error: Error): void } | undefined

  socket.on('data', (chunk) => {
    received += chunk.toString('latin1')
    const status = statusOfWhole(received)
    if (status === undefined) return
    received = ''
    waiting?.resolve(status)
  })
  socket.on('error', (error) => waiting?.reject(error))
  socket.on('close', () => waiting?.reject(new Error(`${url} closed the connection before its response`)))

  return {
    send: (request) =>
      new Promise((resolve, reject) => {
        waiting = { resolve, reject }
        socket.write(request)
      }),
    close: () => socket.destroy(),
  }
}

/** The status of a response that has arrived to its last byte. Every server of the benchmark says how long its body is. */
const statusOfWhole = (received: string): number | undefined => {
  const headEnd = received.indexOf('\r\n\r\n')
  if (headEnd === -1) return undefined
  const [, status] = received.match(/^HTTP\/1\.1 (\d{3})/) ?? []
  const [, length] = received.slice(0, headEnd).match(/\r\ncontent-length: (\d+)/i) ?? []
  if (status === undefined || length === undefined)
    throw new Error(`Failed to read a response: ${received.slice(0, headEnd)}`)
  return received.length >= headEnd + 4 + Number(length) ? Number(status) : undefined
}
