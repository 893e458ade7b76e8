import type { FastifyInstance } from 'fastify'

/**
 * Closes `app`: requests under way get their response, and after `timeoutMs` every connection is cut, however little it
 * has sent. Without this, Node waits for a connection that has sent half a request, or nothing.
 */
export const closeServer = async (app: FastifyInstance, timeoutMs: number): Promise<void> => {
  const closed = app.close()
  let cutting: NodeJS.Timeout | undefined
  const cut = (): void => {
    app.server.closeAllConnections()
    // Until it has closed, the listening socket may still accept a connection.
    cutting = setTimeout(cut, 100)
  }
  cutting = setTimeout(cut, timeoutMs)
  await closed.finally(() => clearTimeout(cutting))
}
