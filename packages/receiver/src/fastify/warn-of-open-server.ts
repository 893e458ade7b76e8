import type { Server } from 'node:http'
import type { FastifyBaseLogger } from 'fastify'

const known = new WeakSet<Server>()

/**
 * Connections belong to the host, and so do their limits. Without limits strangers can keep thousands open before any
 * key is checked. Warns once for each server.
 */
export const warnOfOpenServer = (server: Server, log: Pick<FastifyBaseLogger, 'warn'>): void => {
  if (known.has(server)) return
  known.add(server)
  const missing = [
    // Fastify turns off Node's own limit of five minutes.
    ...(isUnlimited(server.requestTimeout) ? ['requestTimeout'] : []),
    ...(isUnlimited(server.headersTimeout) ? ['headersTimeout'] : []),
    ...(isUnlimited(server.maxConnections) ? ['maxConnections'] : []),
  ]
  if (missing.length === 0) return
  log.warn(
    { missing },
    `The server has no ${missing.join(', no ')}: strangers can keep connections open for as long as they like. Set it where the server is created.`,
  )
}

const isUnlimited = (limit: number | undefined): boolean => limit === undefined || !(limit > 0)
