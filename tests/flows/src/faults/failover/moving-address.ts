import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** An address in front of servers, like a proxy, a virtual IP address or a DNS name: it leads to one of them at a time. */
export interface MovingAddress {
  /** The address of a server, through this one. */
  url(of: string): string
  /** How many connections lead to a port. */
  connectionsTo(port: number): number
  /** Where the next connections lead; nowhere when it is undefined. Open connections stay as they are. */
  lead(port: number | undefined): void
  /** Ends every connection, as the end of the server does. */
  cut(): void
  /** No byte passes on the open connections any more, and nobody is told of their end, as when the machine has lost its power. */
  silence(): void
  close(): Promise<void>
}

export const startMovingAddress = async (first: number): Promise<MovingAddress> => {
  let target: number | undefined = first
  const open = new Set<Connection>()
  const server = createServer((client) => {
    if (target === undefined) {
      client.destroy()
      return
    }
    const upstream = connect(target, '127.0.0.1')
    const connection: Connection = { port: target, isSilent: false, ends: [client, upstream] }
    open.add(connection)
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      socket.on('data', (bytes) => {
        if (!connection.isSilent) other.write(bytes)
      })
      socket.on('error', () => {})
      socket.on('close', () => {
        if (connection.isSilent) return
        open.delete(connection)
        other.destroy()
      })
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const cut = (): void => {
    for (const { ends } of open) for (const socket of ends) socket.destroy()
    open.clear()
  }
  return {
    url: (of) => {
      const url = new URL(of)
      url.port = String((server.address() as AddressInfo).port)
      return url.href
    },
    connectionsTo: (port) => [...open].filter((each) => each.port === port && !each.isSilent).length,
    lead: (port) => {
      target = port
    },
    cut,
    silence: () => {
      for (const connection of open) connection.isSilent = true
    },
    close: async () => {
      cut()
      server.close()
      await once(server, 'close')
    },
  }
}

interface Connection {
  port: number
  isSilent: boolean
  ends: readonly [client: Socket, upstream: Socket]
}
