import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { findTemplateServer } from './find-template-server.ts'
import { inDatabase, sessionTimeZone } from './test-server.ts'

export interface TestDatabase extends AsyncDisposable {
  url: string
  /** Connects on first use. Closed by `drop()`. */
  pool: pg.Pool
  /**
   * Waits for clients that are about to be released, closes the pool and drops the database.
   *
   * @throws when a client of the pool was never released, or another pool is still connected
   */
  drop(options?: DropOptions): Promise<void>
}

export interface DropOptions {
  /**
   * How often `drop()` looks again, 20 ms apart or more, for clients that are not released yet. A number of looks instead of a time, so that
   * a machine that is slow or stands still gets more time.
   *
   * @default 400 for connections: 8 seconds, in which no `pg.Pool` closes what is idle by itself; 3000 for clients
   */
  looks?: number
}

const lookMs = 20

/** A new database for the caller alone: a copy of the migrated template, in some 50 ms. Safe in parallel files. */
export const createTestDatabase = async (): Promise<TestDatabase> => {
  const { serverUrl, template } = await findTemplateServer()
  const name = `test_${randomBytes(8).toString('hex')}`
  const admin = adminOf(serverUrl)
  // Files are copied as they are, instead of block by block through the log: a quarter of the work.
  await admin.query(`CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY file_copy`)
  await admin.query(`ALTER DATABASE ${name} SET timezone = '${sessionTimeZone}'`)
  const url = inDatabase(serverUrl, name)
  const pool = new pg.Pool({ connectionString: url })
  // Dropping the database disconnects what leaked: drop() reports that, not an uncaught 'error' event.
  ignoreDisconnects(pool)

  let dropped: Promise<void> | undefined
  const drop = (options?: DropOptions) => {
    dropped ??= dropDatabase(admin, name, pool, options)
    return dropped
  }
  return { url, pool, drop, [Symbol.asyncDispose]: () => drop() }
}

const dropDatabase = async (
  admin: pg.Pool,
  name: string,
  pool: pg.Pool,
  { looks }: DropOptions = {},
): Promise<void> => {
  // A write that finishes after its test still has its client.
  const unreleased = await lookUntilNone(looks ?? 3000, () => pool.totalCount - pool.idleCount)
  if (unreleased === 0 && !pool.ended) await pool.end()
  const leaks = unreleased > 0 ? [] : await waitForDisconnects(admin, name, looks ?? 400)
  await admin.query(`DROP DATABASE ${name} WITH (FORCE)`)
  if (unreleased > 0) {
    throw new Error(
      `Failed to close the test database's pool: ${unreleased} clients were never released. Release them.`,
    )
  }
  if (leaks.length > 0) {
    throw new Error(
      `Failed to drop the test database: ${leaks.length} connections are still open; their last statements: ${leaks.join(' | ')}. Close every pool and server that the test started.`,
    )
  }
}

/** The last statements of connections that are still open. The server may list a closed one for a moment. */
const waitForDisconnects = async (admin: pg.Pool, name: string, looks: number): Promise<string[]> => {
  let statements: string[] = []
  await lookUntilNone(looks, async () => {
    const { rows } = await admin.query<{ query: string }>(
      `SELECT query FROM pg_stat_activity WHERE datname = $1 AND backend_type = 'client backend'`,
      [name],
    )
    statements = rows.map(({ query }) => query)
    return statements.length
  })
  return statements
}

/** How many there were at the last look. */
const lookUntilNone = async (looks: number, count: () => number | Promise<number>): Promise<number> => {
  for (let look = 1; ; look += 1) {
    const found = await count()
    if (found === 0 || look >= looks) return found
    await delay(lookMs)
  }
}

const admins = new Map<string, pg.Pool>()

/** Connections that a worker keeps: a new one for each statement would cost the server half as much as a new database. */
const adminOf = (serverUrl: string): pg.Pool => {
  const known = admins.get(serverUrl)
  if (known) return known
  // Without a timer, because a test may have replaced the timers.
  const admin = new pg.Pool({
    connectionString: serverUrl,
    max: 4,
    idleTimeoutMillis: 0,
    allowExitOnIdle: true,
  })
  // The server ends before the last worker does.
  ignoreDisconnects(admin)
  admins.set(serverUrl, admin)
  return admin
}

/** Of the clients too: one that the pool is closing has no listener of the pool's any more. */
const ignoreDisconnects = (pool: pg.Pool): void => {
  pool.on('error', () => undefined)
  pool.on('connect', (client) => client.on('error', () => undefined))
}
