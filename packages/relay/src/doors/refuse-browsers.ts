import { refuse } from '@altcontext/webhook-contract'
import type { FastifyInstance } from 'fastify'

/**
 * A page in somebody's browser can reach a port of the same machine, and a name that it owns can be made to point there. No
 * producer is a browser: requests with the headers of a browser are refused. Without a token, so is every host name but
 * the machine's own, unless no page can reach the relay at all.
 */
export const refuseBrowsers = (server: FastifyInstance, { anyName }: { anyName: boolean }): void => {
  server.addHook('onRequest', async ({ headers }, reply) => {
    const site = headers['sec-fetch-site']
    const isFromPage =
      headers.origin !== undefined || (site !== undefined && site !== 'none' && site !== 'same-origin')
    if (!isFromPage && (anyName || isThisMachine(headers.host))) return
    return refuse(reply.header('connection', 'close'), 'forbidden')
  })
}

const isThisMachine = (host: string | undefined): boolean =>
  host !== undefined && /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/i.test(host)
