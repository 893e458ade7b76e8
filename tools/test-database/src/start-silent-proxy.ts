import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** Which bytes a silent connection swallows: those to the server, those from it, or both. */
export type Swallowed = 'requests' | 'answers' | 'both'

/**
 * A TCP proxy in front of a database whose connections can go silent: their bytes are swallowed, without a reset and
 * without an end, as behind a firewall that has forgotten them. Connections made afterwards work.
 */
export interface SilentProxy extends AsyncDisposable {
  /** The database's address through the proxy. */
  url: string
  /** How many connections have been made through it. */
  readonly connections: number
  /** Silences the connections that there are. */
  silence(swallowed: Swallowed): void
  close(): Promise<void>
}

export const startSilentProxy = async (databaseUrl: string): Promise<SilentProxy> => {
  const { hostname, port } = new URL(databaseUrl)
  const open = new Set<{ swallowed: Swallowed | undefined; ends: readonly [Socket, Socket] }>()
  let connections = 0

  const server = createServer((client) => {
    connections += 1
    const upstream = connect(Number(port || 5432), hostname)
    const connection = { swallowed: undefined as Swallowed | undefined, ends: [client, upstream] as const }
    open.add(connection)
    const forward = (from: Socket, to: Socket, direction: Exclude<Swallowed, 'both'>): void => {
      const isSwallowed = () => connection.swallowed === direction || connection.swallowed === 'both'
      from.on('data', (bytes) => {
        if (!isSwallowed()) to.write(bytes)
      })
      from.on('error', () => {})
      from.on('close', () => {
        open.delete(connection)
        // Whoever is silenced does not hear that the other has gone.
        if (connection.swallowed === undefined) to.destroy()
      })
    }
    forward(client, upstream, 'requests')
    forward(upstream, client, 'answers')
    closing.push(() => {
      client.destroy()
      upstream.destroy()
    })
  })
  const closing: (() => void)[] = []
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  const url = new URL(databaseUrl)
  url.hostname = '127.0.0.1'
  url.port = String((server.address() as AddressInfo).port)
  const close = async (): Promise<void> => {
    for (const end of closing) end()
    server.close()
    await once(server, 'close')
  }
  return {
    url: url.href,
    get connections() {
      return connections
    },
    silence: (swallowed) => {
      for (const connection of open) connection.swallowed = swallowed
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}
