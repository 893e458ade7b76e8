import { connect, type Socket } from 'node:net'
import type { AttackTarget } from './attack.ts'

/** A connection of a stranger. It never throws: being cut off is what it expects. */
export const openSocket = async ({ host, port }: Pick<AttackTarget, 'host' | 'port'>): Promise<Socket> => {
  const socket = connect(port, host)
  socket.on('error', () => {})
  await Promise.race([new Promise((resolve) => socket.once('connect', resolve)), closeOf(socket)])
  return socket
}

/** The head of a request, without its final empty line unless the caller asks for it. */
export const head = (
  path: string,
  headers: Record<string, string>,
  { method = 'POST', isWhole = true } = {},
): string => {
  const lines = Object.entries({ host: 'localhost', ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  )
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}${isWhole ? '\r\n' : ''}`
}

/** Whether the server ends the connection within `ms`. */
export const isCutWithin = async (socket: Socket, ms: number): Promise<boolean> => {
  if (socket.closed) return true
  socket.resume()
  return Promise.race([
    closeOf(socket).then(() => true),
    new Promise<false>((resolve) => setTimeout(resolve, ms, false)),
  ])
}

/** Unlike `once`, it does not reject when the connection ends with an error. */
const closeOf = (socket: Socket): Promise<void> =>
  new Promise((resolve) => socket.once('close', () => resolve()))
