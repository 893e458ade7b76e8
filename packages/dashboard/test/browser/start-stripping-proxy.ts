import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A reverse proxy that removes `path` before it passes a request on. */
export const startStrippingProxy = async (
  target: string,
  path: string,
): Promise<{ origin: string; [Symbol.asyncDispose](): Promise<void> }> => {
  const server = createServer((incoming, response) => {
    if (!incoming.url?.startsWith(`${path}/`)) {
      response.writeHead(404).end()
      return
    }
    const passed = request(
      target + incoming.url.slice(path.length),
      { method: incoming.method ?? 'GET', headers: incoming.headers },
      (upstream) => {
        response.writeHead(upstream.statusCode ?? 502, upstream.headers)
        upstream.pipe(response)
      },
    )
    incoming.pipe(passed)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
