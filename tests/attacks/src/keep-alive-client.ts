import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export interface RawResponse {
  status: number
  body: string
}

/** Sends requests as bytes over one connection, and opens another when the server has closed it. */
export interface KeepAliveClient {
  /** Resolves with undefined when the server cut the connection without a response. */
  send(request: Buffer): Promise<RawResponse | undefined>
  close(): void
}

export const createKeepAliveClient = ({ host, port }: { host: string; port: number }): KeepAliveClient => {
  let socket: Socket | undefined
  let received = ''
  let settle: ((response: RawResponse | undefined) => void) | undefined

  const open = async (): Promise<Socket> => {
    const opened = connect({ host, port, noDelay: true })
    opened.on('error', () => {})
    opened.on('data', (chunk) => {
      received += chunk.toString('latin1')
      const response = wholeResponse(received)
      if (response === undefined) return
      received = ''
      if (response.isLast) socket = undefined
      settle?.(response)
    })
    opened.on('close', () => {
      // An old connection that was given up after its last response says nothing about the next request.
      if (socket !== opened) return
      socket = undefined
      settle?.(undefined)
    })
    await Promise.race([once(opened, 'connect'), once(opened, 'close')])
    return opened
  }
  return {
    send: async (request) => {
      received = ''
      socket ??= await open()
      const settled = new Promise<RawResponse | undefined>((resolve) => {
        settle = resolve
      })
      socket.write(request)
      const response = await settled
      settle = undefined
      return response
    },
    close: () => socket?.destroy(),
  }
}

/** A response that has arrived to its last byte. The servers say how long their bodies are. */
const wholeResponse = (text: string): (RawResponse & { isLast: boolean }) | undefined => {
  const headEnd = text.indexOf('\r\n\r\n')
  if (headEnd === -1) return undefined
  const head = text.slice(0, headEnd)
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1])
  const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0)
  if (text.length < headEnd + 4 + length) return undefined
  return { status, body: text.slice(headEnd + 4), isLast: /\r\nconnection: close/i.test(head) }
}
