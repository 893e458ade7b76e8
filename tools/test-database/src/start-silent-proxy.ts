import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** Which bytes a silent connection swallows: those to the server, those from it, or both. */
export type Swallowed = 'requests' | 'responses' | 'both'

/**
 * A TCP proxy in front of a server whose connections can go silent: their bytes are swallowed, without a reset and
 * without an end, as behind a firewall that has forgotten them. Connections made afterwards work.
 */
export interface SilentProxy extends AsyncDisposable {
  /** The server's address through the proxy. */
  url: string
  /** How many connections have been made through it. */
  readonly connections: number
  /** Silences the open connections, and returns how many they are. */
  silence(swallowed: Swallowed): number
  /** Ends the silent connections, as both sides would after hours. */
  endSilent(): void
  close(): Promise<void>
}

/** @param serverUrl of a database or of an HTTP server */
export const startSilentProxy = async (serverUrl: string): Promise<SilentProxy> => {
  const url = new URL(serverUrl)
  const target = { host: url.hostname, port: Number(url.port || defaultPorts[url.protocol]) }
  const open = new Set<Connection>()
  let connections = 0

  const server = createServer((client) => {
    connections += 1
    const connection: Connection = { swallowed: undefined, ends: [client, connect(target)] }
    open.add(connection)
    const [, upstream] = connection.ends
    forward(client, upstream, 'requests', connection)
    forward(upstream, client, 'responses', connection)
  })
  const forward = (
    from: Socket,
    to: Socket,
    direction: Exclude<Swallowed, 'both'>,
    connection: Connection,
  ): void => {
    from.on('data', (bytes) => {
      if (connection.swallowed !== direction && connection.swallowed !== 'both') to.write(bytes)
    })
    from.on('error', () => {})
    from.on('close', (hadError) => {
      // A side that was silenced does not notice that the other has gone.
      if (connection.swallowed !== undefined) return
      open.delete(connection)
      if (hadError) to.resetAndDestroy()
      else to.destroySoon()
    })
  }
  const end = (connection: Connection): void => {
    open.delete(connection)
    for (const socket of connection.ends) socket.destroy()
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  url.hostname = '127.0.0.1'
  url.port = String((server.address() as AddressInfo).port)
  const close = async (): Promise<void> => {
    for (const connection of open) end(connection)
    server.close()
    await once(server, 'close')
  }
  return {
    url: url.href,
    get connections() {
      return connections
    },
    silence: (swallowed) => {
      const audible = [...open].filter((connection) => connection.swallowed === undefined)
      for (const connection of open) connection.swallowed = swallowed
      return audible.length
    },
    endSilent: () => {
      for (const connection of open) if (connection.swallowed !== undefined) end(connection)
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

const defaultPorts: Record<string, number> = { 'postgres:': 5432, 'postgresql:': 5432, 'http:': 80 }

interface Connection {
  swallowed: Swallowed | undefined
  ends: readonly [client: Socket, upstream: Socket]
}
