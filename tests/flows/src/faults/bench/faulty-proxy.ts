import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/**
 * A proxy between sender and receiver. `drop-responses` lets the receiver commit and then cuts the connection;
 * `reset` cuts it in the middle of a request. Both do so at random, half of the time.
 */
export type ProxyMode = 'pass' | 'drop-responses' | 'reset'

export interface FaultyProxy {
  /** May be changed at any time; connections that are open follow. */
  mode: ProxyMode
  readonly port: number
  /** Cuts the open connections, and leads to another port from now on; to each of several in turn. */
  leadTo(...ports: number[]): void
  close(): Promise<void>
}

export const createFaultyProxy = async (firstPort: number): Promise<FaultyProxy> => {
  const sockets = new Set<Socket>()
  let targetPorts = [firstPort]
  let connections = 0

  const server = createServer((client) => {
    connections += 1
    const target = connect(targetPorts[connections % targetPorts.length] as number, '127.0.0.1')
    const cut = (): void => {
      client.resetAndDestroy()
      target.destroy()
    }
    for (const socket of [client, target]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        target.destroy()
      })
    }
    client.on('data', (chunk) => {
      if (proxy.mode !== 'reset' || Math.random() < 0.5) {
        target.write(chunk)
        return
      }
      target.write(chunk.subarray(0, Math.floor(chunk.length / 2)))
      cut()
    })
    target.on('data', (chunk) => {
      if (proxy.mode === 'drop-responses' && Math.random() < 0.5) cut()
      else client.write(chunk)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const cutAll = (): void => {
    for (const socket of sockets) socket.destroy()
  }

  const proxy: FaultyProxy = {
    mode: 'pass',
    port: (server.address() as AddressInfo).port,
    leadTo: (...ports) => {
      if (String(ports) === String(targetPorts)) return
      targetPorts = ports
      cutAll()
    },
    close: async (): Promise<void> => {
      cutAll()
      server.close()
      await once(server, 'close')
    },
  }
  return proxy
}
