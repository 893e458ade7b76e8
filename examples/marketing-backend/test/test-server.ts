import { createTestDatabase } from '@altcontext/test-database'
import type { FastifyInstance } from 'fastify'
import type { Pool } from 'pg'
import { createServer, type MarketingServer } from '../src/create-server.ts'
import type { DatabaseHandle } from '../src/database/create-pool.ts'
import { hostTables } from '../src/database/host-tables.ts'
import { parseEnvironment } from '../src/environment.ts'

export const adminKey = 'test-admin-key-with-enough-letters'

export interface TestServer extends MarketingServer {
  pool: Pool
  database: DatabaseHandle
  url: string
  /** Everything that the server has logged so far. */
  logged(): string
  close(): Promise<void>
}

interface TestServerOptions {
  variables?: NodeJS.ProcessEnv
  now?: () => Date
  /** A database in place of the migrated one. */
  database?: DatabaseHandle
}

/** The whole server on a database of its own, not listening. */
export const startTestServer = async ({
  variables,
  now,
  database: given,
}: TestServerOptions = {}): Promise<TestServer> => {
  const database = await createTestDatabase()
  const handle = given ?? { pool: database.pool, schema: undefined, tables: hostTables(undefined) }
  let logs = ''
  const server = await createServer({
    environment: parseEnvironment({
      DATABASE_URL: database.url,
      ADMIN_API_KEY: adminKey,
      IP_HASH_PEPPER: 'pepper-of-the-tests',
      CORS_ALLOWED_ORIGINS: 'https://site.example',
      ROLLUP_INTERVAL_SECONDS: '0',
      ...variables,
    }),
    database: handle,
    ...(now && { now }),
    logStream: {
      write: (line) => {
        logs += line
      },
    },
  })
  return {
    ...server,
    pool: database.pool,
    database: handle,
    url: database.url,
    logged: () => logs,
    async close() {
      await server.app.close()
      await database.drop()
    },
  }
}

/** Posts JSON. */
export const post = (
  app: FastifyInstance,
  url: string,
  payload: object,
  headers: Record<string, string> = {},
) => app.inject({ method: 'POST', url, payload, headers })

/** Reads with the admin key. */
export const readAsAdmin = (app: FastifyInstance, url: string) =>
  app.inject({ url, headers: { 'x-admin-key': adminKey } })
