import type { FastifyInstance } from 'fastify'
import { createServer } from '../create-server.ts'
import type { DatabaseHandle } from '../database/create-pool.ts'
import type { Environment } from '../environment.ts'

export interface PastServerOptions {
  database: DatabaseHandle
  environment: Environment
  stopped: AbortSignal
}

interface PastServer {
  app: FastifyInstance
  now: () => Date
  setClock: (moment: Date) => void
}

/**
 * A second server on the same database that never listens, and whose clock is set to the time of the history: its requests are
 * received at the time of the history.
 */
export const withPastServer = async (
  { database, environment }: PastServerOptions,
  use: (server: PastServer) => Promise<void>,
): Promise<void> => {
  let clock = new Date()
  const now = () => clock
  const quiet: Environment = {
    ...environment,
    logLevel: 'silent',
    rollupIntervalSeconds: 0,
    // Servers on one database count together: otherwise the product that continues would have to wait because of its own past.
    webhookRateLimit: false,
  }
  const { app } = await createServer({ environment: quiet, database, now })
  try {
    await use({
      app,
      now,
      setClock: (moment) => {
        clock = moment
      },
    })
  } finally {
    await app.close()
  }
}
