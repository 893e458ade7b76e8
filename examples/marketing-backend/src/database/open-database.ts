import { resolve } from 'node:path'
import { createTables } from '@altcontext/webhook-store'
import { StartError } from '../start-error.ts'
import { createPool, type DatabaseHandle } from './create-pool.ts'

interface OpenDatabaseOptions {
  /** `undefined`: our own PostgreSQL. */
  databaseUrl: string | undefined
  dataDirectory: string
  /** Called with what is being done, one sentence at a time. */
  say: (sentence: string) => void
}

export interface OpenDatabase extends DatabaseHandle {
  url: string
  /** Ends the pool, then the server if it is ours. */
  close(): Promise<void>
}

/**
 * The database of `databaseUrl` as it is (whoever deploys the server deploys its migrations), or an
 * embedded one, which is started and migrated here.
 *
 * @throws {StartError}
 */
export const openDatabase = async ({
  databaseUrl,
  dataDirectory,
  say,
}: OpenDatabaseOptions): Promise<OpenDatabase> =>
  databaseUrl === undefined ? openEmbedded(resolve(dataDirectory), say) : openGiven(databaseUrl, say)

/**
 * A pool for the database of `url`, which has responded once.
 *
 * @throws {StartError} `database_unreachable`
 */
export const connect = async (url: string): Promise<DatabaseHandle> => {
  const { host, pathname } = new URL(url)
  const handle = createPool(url)
  try {
    await handle.pool.query('SELECT 1')
  } catch (error) {
    await handle.pool.end()
    throw new StartError(
      'database_unreachable',
      `Failed to reach the database ${pathname.slice(1)} at ${host}: ${reasonOf(error)}. Check DATABASE_URL, or unset it to use an embedded PostgreSQL.`,
      { cause: error },
    )
  }
  return handle
}

const openGiven = async (url: string, say: (sentence: string) => void): Promise<OpenDatabase> => {
  const { host, pathname } = new URL(url)
  say(`Connecting to the database ${pathname.slice(1)} at ${host}`)
  const handle = await connect(url)
  if (!(await hasTables(handle))) {
    await handle.pool.end()
    throw new StartError(
      'migration_failed',
      `Failed to find the tables in the database ${pathname.slice(1)} at ${host}: it is not migrated. Run make -C examples/marketing-backend migrate.`,
    )
  }
  return { ...handle, url, close: () => handle.pool.end() }
}

const openEmbedded = async (
  dataDirectory: string,
  say: (sentence: string) => void,
): Promise<OpenDatabase> => {
  // Not in the production image, which always has a DATABASE_URL.
  const { startEmbeddedPostgres } = await import('@altcontext/embedded-database')
  const { migrate } = await import('./migrate.ts')
  say(`Starting PostgreSQL in ${dataDirectory}`)
  const server = await startEmbeddedPostgres({
    dataDir: `${dataDirectory}/postgres`,
    settings: withoutLoggedParameters,
  }).catch((error: unknown) => {
    throw new StartError('embedded_database_failed', reasonOf(error), { cause: error })
  })
  try {
    const applied = await migrate(server.url)
    say(applied.length === 0 ? 'The tables are up to date' : `Created the tables (${applied.join(', ')})`)
  } catch (error) {
    await server.stop()
    throw error
  }
  const handle = createPool(server.url)
  const close = async () => {
    await handle.pool.end()
    await server.stop()
  }
  return { ...handle, url: server.url, close }
}

/** However its log is configured, it contains no parameter of a statement: some are addresses. */
const withoutLoggedParameters = { log_parameter_max_length: '0', log_parameter_max_length_on_error: '0' }

const hasTables = async ({ pool, schema, tables }: DatabaseHandle): Promise<boolean> => {
  const { rows } = await pool.query<{ all: boolean }>(
    'SELECT to_regclass($1) IS NOT NULL AND to_regclass($2) IS NOT NULL AS "all"',
    [tables.leads, createTables(schema).tenantEvents],
  )
  return rows[0]?.all === true
}

/** An error for several addresses (`localhost` has two) has no message of its own. */
const reasonOf = (error: unknown): string => {
  const first = error instanceof AggregateError ? error.errors[0] : error
  return first instanceof Error ? first.message : String(first)
}
