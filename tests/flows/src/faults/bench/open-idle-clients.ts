import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/**
 * Opens connections to a server that will never finish what they have begun: from no byte at all to half a body, and one
 * that is kept after its response. Resolves when the server has them.
 */
export const openIdleClients = async (
  { port, path, headers = [] }: { port: number; path: string; headers?: readonly string[] },
  copies = 5,
): Promise<AsyncDisposable> => {
  const head = [`POST ${path} HTTP/1.1`, 'host: 127.0.0.1', 'content-type: application/json', ...headers]
  const beginnings = [
    '',
    'POST /',
    `${head.join('\r\n')}\r\n`,
    `${head.join('\r\n')}\r\ncontent-length: 1000\r\n\r\n`,
    `${head.join('\r\n')}\r\ncontent-length: 1000\r\n\r\n{"eventType":`,
    `${head.join('\r\n')}\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{"eve\r\n`,
  ]
  const sockets: Socket[] = []
  const open = async (text: string): Promise<Socket> => {
    const socket = connect(port, '127.0.0.1')
    sockets.push(socket)
    socket.on('error', () => {})
    await once(socket, 'connect')
    if (text !== '') socket.write(text)
    return socket
  }
  for (let copy = 0; copy < copies; copy += 1) for (const text of beginnings) await open(text)
  // Servers take connections in order, so when the last has its response they have all.
  const kept = await open('GET /nothing-here HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n')
  await once(kept, 'data')
  return {
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
    },
  }
}
