import type { FastifyInstance } from 'fastify'
import type { Pool } from 'pg'
import { createServer } from '../create-server.ts'
import type { Environment } from '../environment.ts'

export interface PastServerOptions {
  pool: Pool
  schema?: string | undefined
  environment: Environment
  stopped: AbortSignal
}

interface PastServer {
  app: FastifyInstance
  now: () => Date
  setClock: (moment: Date) => void
}

/**
 * A second server on the same database that never listens, and whose clock stands where the history is: what it is sent is
 * received at the time of the history.
 */
export const withPastServer = async (
  { pool, schema, environment }: PastServerOptions,
  use: (server: PastServer) => Promise<void>,
): Promise<void> => {
  let clock = new Date()
  const now = () => clock
  const quiet: Environment = {
    ...environment,
    logLevel: 'silent',
    rollupIntervalSeconds: 0,
    webhookRateLimit: 1_000_000,
  }
  const { app } = await createServer({ environment: quiet, pool, schema, now })
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
