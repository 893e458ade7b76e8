import { holdsPassword } from '@altcontext/webhook-contract/command-line'
import { type Database, fromPg } from '@altcontext/webhook-store'
import pg from 'pg'
import { invalidOptions } from '../metrics-error.ts'

interface OpenedDatabase {
  database: Database
  schema: string | undefined
  close(): Promise<void>
}

/**
 * Connects as the host does: `?schema=` of the connection string names the schema, unless another is given.
 *
 * @throws {MetricsError} `invalid_options`, never quoting the connection string.
 */
export const openDatabase = (url: string | undefined, schema: string | undefined): OpenedDatabase => {
  if (url === undefined || url === '' || !URL.canParse(url) || !/^postgres(ql)?:/.test(url)) {
    throw invalidOptions(
      `Failed to open the database: ${url ? 'the connection string is not for PostgreSQL' : 'no connection string'}. Set DATABASE_URL=postgresql://user:password@host:5432/database.`,
    )
  }
  const parsed = new URL(url)
  const schemaOfUrl = parsed.searchParams.get('schema') ?? undefined
  parsed.searchParams.delete('schema')
  const pool = new pg.Pool({
    connectionString: parsed.href,
    max: 2,
    application_name: 'webhook-metrics',
    connectionTimeoutMillis: 10_000,
  })
  // A connection that breaks while it is idle is replaced; one in use fails its statement.
  pool.on('error', () => {})
  return { database: fromPg(pool), schema: schema ?? schemaOfUrl, close: () => pool.end() }
}

/**
 * Every user of a machine can see its command lines.
 *
 * @throws {MetricsError} `invalid_options`, for a connection string with its password.
 */
export const refusePasswordFlag = (url: string | undefined): void => {
  if (url === undefined || !holdsPassword(url)) return
  throw invalidOptions(
    'Failed to open the database: --database-url holds a password, and other users can see command lines. Give the connection string in DATABASE_URL, or the password in PGPASSWORD.',
  )
}
