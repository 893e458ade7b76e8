import type { FastifyInstance } from 'fastify'

/**
 * Closes `app`: requests under way are answered, and after `timeoutMs` every connection is cut, however little has come
 * over it. Node alone waits for a connection that has sent half a request, or nothing.
 */
export const closeServer = async (app: FastifyInstance, timeoutMs: number): Promise<void> => {
  const closed = app.close()
  let cutting: NodeJS.Timeout | undefined
  const cut = (): void => {
    app.server.closeAllConnections()
    // Until it has closed, the listening socket may still take one.
    cutting = setTimeout(cut, 100)
  }
  cutting = setTimeout(cut, timeoutMs)
  await closed.finally(() => clearTimeout(cutting))
}
