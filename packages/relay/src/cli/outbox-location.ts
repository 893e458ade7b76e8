import { EmitterError, type Outbox } from '@altcontext/webhook-emitter'
import {
  createPostgresOutbox,
  migratePostgresOutbox,
  openPostgresOutboxRecords,
} from '@altcontext/webhook-emitter/postgres'
import {
  createSqliteOutbox,
  type DurableOutboxOptions,
  type OutboxRecords,
  openSqliteOutboxRecords,
} from '@altcontext/webhook-emitter/sqlite'
import pg from 'pg'

export type OutboxLocation =
  | { kind: 'sqlite'; path: string }
  | { kind: 'postgres'; connectionString: string; schema: string }

/** A path, or a `postgres://` address. */
export const parseOutboxLocation = (text: string, schema: string | undefined): OutboxLocation =>
  isPostgres(text)
    ? { kind: 'postgres', connectionString: text, schema: schema ?? 'public' }
    : { kind: 'sqlite', path: text.replace(/^sqlite:/, '') }

/** What is wrong with a location, without the address: it may hold a password. */
export const outboxLocationIssues = (
  text: string,
  schema: string | undefined,
): { path: string; message: string }[] => {
  const outbox = (message: string) => ({ path: 'RELAY_OUTBOX', message })
  if (isPostgres(text)) {
    return URL.parse(text) === null ? [outbox('is not the address of a PostgreSQL database')] : []
  }
  return [
    /^[a-z][a-z0-9+.-]+:\/\//i.test(text)
      ? [outbox('is an address of an unknown kind, expected a path or postgres://')]
      : [],
    schema === undefined
      ? []
      : [{ path: 'RELAY_SCHEMA', message: 'is given, but RELAY_OUTBOX is a SQLite file' }],
  ].flat()
}

const isPostgres = (text: string): boolean => /^postgres(ql)?:/.test(text)

/**
 * An outbox to deliver from, with its tables in place. `close` closes what the outbox itself leaves open.
 *
 * @throws {EmitterError} `outbox_in_use`, `outbox_failed`
 */
export const openOutbox = async (
  location: OutboxLocation,
  options: DurableOutboxOptions,
): Promise<{ outbox: Outbox; close(): Promise<void> }> => {
  if (location.kind === 'sqlite') {
    return { outbox: createSqliteOutbox({ ...options, path: location.path }), close: async () => {} }
  }
  const { schema } = location
  const pool = createPool(location.connectionString)
  try {
    await migratePostgresOutbox({ pool, schema })
  } catch (cause) {
    await pool.end()
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'no connection'
    throw new EmitterError(
      'outbox_failed',
      `Failed to open the PostgreSQL outbox: ${code}. Check RELAY_OUTBOX, and that its user may create tables.`,
      [],
      { cause },
    )
  }
  return {
    outbox: createPostgresOutbox({ ...options, pool, schema }),
    close: () => pool.end(),
  }
}

/** An outbox to inspect, and to maintain by hand. */
export const openRecords = (location: OutboxLocation): OutboxRecords => {
  if (location.kind === 'sqlite') return openSqliteOutboxRecords({ path: location.path })
  const pool = createPool(location.connectionString)
  return { ...openPostgresOutboxRecords({ pool, schema: location.schema }), close: () => pool.end() }
}

const createPool = (connectionString: string): pg.Pool => {
  const pool = new pg.Pool({
    connectionString,
    max: 6,
    connectionTimeoutMillis: 10_000,
    // Not PostgreSQL's own time-out: that would be a start-up parameter, which proxies such as PgBouncer refuse.
    query_timeout: 60_000,
  })
  // A connection that is lost while idle is replaced; without a listener it would end the process.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}
