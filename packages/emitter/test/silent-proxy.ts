import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/**
 * Stands before a server. `silence()` makes every connection that is open swallow what is sent, both ways, without a
 * reset or an end; new connections work.
 */
export const startSilentProxy = async (target: { host: string; port: number }) => {
  const open = new Set<{ client: Socket; server: Socket; isSilent: boolean }>()
  const proxy = createServer((client) => {
    const server = connect(target)
    const pair = { client, server, isSilent: false }
    open.add(pair)
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      from.on('error', () => {})
      from.on('data', (chunk) => {
        if (!pair.isSilent) to.write(chunk)
      })
      from.on('close', () => {
        if (pair.isSilent) return
        open.delete(pair)
        to.destroy()
      })
    }
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  return {
    port: (proxy.address() as AddressInfo).port,
    silence(): number {
      const silenced = [...open].filter((pair) => !pair.isSilent)
      for (const pair of silenced) pair.isSilent = true
      return silenced.length
    },
    async [Symbol.asyncDispose]() {
      for (const { client, server } of open) {
        client.destroy()
        server.destroy()
      }
      proxy.close()
      await once(proxy, 'close')
    },
  }
}
