import { StoreError } from '../store-error.ts'
import type { Database } from './database.ts'
import { readOnlyServer, sqlStateOf } from './database-fault.ts'
import { isLostPreparedStatement, prepareStatement } from './prepare-statement.ts'
import { within } from './within.ts'

interface PgQueryable {
  query(
    statement: { name?: string; text: string; values: unknown[] },
    callback: (error: Error | null | undefined, result: { rows: unknown[] }) => void,
  ): void
}

export interface PgPoolClient extends PgQueryable {
  release(destroy?: boolean): void
  on(event: 'error', listener: (error: Error) => void): unknown
  on(event: 'notice', listener: (notice: { routine?: string | undefined }) => void): unknown
  off(event: 'error', listener: (error: Error) => void): unknown
  off(event: 'notice', listener: (notice: { routine?: string | undefined }) => void): unknown
  /** The socket of `pg`'s own client in JavaScript. */
  connection?: { stream?: { destroy(): unknown } }
}

/** The part of `pg.Pool` that is used. */
export interface PgPool {
  connect(): Promise<PgPoolClient>
  on?(event: 'connect', listener: (client: PgPoolClient) => void): unknown
}

/** One connection, while it is checked out. */
export interface PgConnection {
  /** Rejects after `timeoutMs` without a response. */
  query: Database['query']
  /** Whether a statement got no response, or the client has left: nothing more can be sent on this connection. */
  readonly isClosed: boolean
}

export interface PgConnections {
  /** Whether `error` says that a prepared statement is missing; no statement is prepared from then on. */
  hasLostPrepared(error: unknown): boolean
  /** Checks out a connection for `run`; afterwards it goes back to the pool, or is destroyed if it broke. */
  use<T>(
    options: {
      timeoutMs: number
      prepareStatements: boolean
      needsStandby?: boolean
      signal?: AbortSignal | undefined
    },
    run: (connection: PgConnection) => Promise<T>,
  ): Promise<T>
}

// PostgreSQL waited in vain for the next statement: the same silence, seen from the other end.
const idleInTransaction = '25P03'

const known = new WeakMap<PgPool, PgConnections>()

/** The connections of a pool; everyone who uses the pool learns when some go silent. */
export const connectionsOf = (pool: PgPool): PgConnections => {
  const connections = known.get(pool) ?? createConnections(pool)
  known.set(pool, connections)
  return connections
}

/**
 * A connection can go silent without a reset: a firewall forgets it or a machine is gone, and its socket waits for ever.
 * So each statement has a deadline after which its connection is destroyed. The other connections of the pool have probably
 * gone silent too: those that have not responded since are replaced without being tried, or a pool of ten would take ten
 * deadlines to recover. The same goes for connections to a server that says it is read-only: a standby has been promoted in its place.
 *
 * A commit that waits for a synchronous standby ignores that its connection is gone. Given up, it keeps a connection of the server, and makes
 * others wait for its locks. So after a statement without a response commits go on only if none on the server has waited for long.
 */
const createConnections = (pool: PgPool): PgConnections => {
  const respondedAtMs = new WeakMap<PgPoolClient, number>()
  let silentAtMs = Number.NEGATIVE_INFINITY
  /** Commits that wait longer than this may wait in vain: half of the shortest deadline that has passed without a response. */
  let longWaitMs: number | undefined
  let standbyMissedAtMs = Number.NEGATIVE_INFINITY
  let canPrepare = true
  pool.on?.('connect', (client) => respondedAtMs.set(client, performance.now()))

  const isSuspect = (client: PgPoolClient): boolean =>
    // A pool may not report its connections, so an unknown one may be new.
    (respondedAtMs.get(client) ?? (pool.on === undefined ? silentAtMs : Number.NEGATIVE_INFINITY)) <
    silentAtMs

  const checkOut = async (): Promise<PgPoolClient> => {
    for (;;) {
      const client = await pool.connect()
      if (!isSuspect(client)) return client
      destroy(client)
    }
  }

  return {
    hasLostPrepared: (error) => {
      if (!isLostPreparedStatement(error)) return false
      if (canPrepare) {
        process.emitWarning(
          `The database does not keep prepared statements (${sqlStateOf(error)}): a proxy in between pools transactions. From now on statements are sent without being prepared; pass prepareStatements: false to do so from the start.`,
          { type: 'WebhookStoreWarning', code: 'prepared_statements_lost' },
        )
      }
      canPrepare = false
      return true
    },
    use: async ({ timeoutMs, prepareStatements, needsStandby = false, signal }, run) => {
      signal?.throwIfAborted()
      if (needsStandby && performance.now() - standbyMissedAtMs < betweenLooksMs) throw noStandby()
      const client = await connected(checkOut(), timeoutMs)
      // A connection that dies while it is checked out says so here as well as in its query; without a
      // listener the first of the two would end the process.
      client.on('error', ignore)
      let isClosed = signal?.aborted ?? false
      let isBroken = false
      let isUnreplicated = false
      const heed = ({ routine }: { routine?: string | undefined }): void => {
        if (routine === waitForStandby) isUnreplicated = true
      }
      client.on('notice', heed)
      const leave = (): void => {
        isClosed = true
        client.connection?.stream?.destroy()
      }
      signal?.addEventListener('abort', leave)

      const query = <Row>(
        text: string,
        params: readonly unknown[] = [],
        { isRepeated = false, timeoutMs: ownTimeoutMs = timeoutMs }: Parameters<Database['query']>[2] = {},
      ): Promise<Row[]> => {
        const statement = prepareStatement(text, params, isRepeated && prepareStatements && canPrepare)
        // With its own promise, a client keeps every statement and whatever waits for it until the
        // next full garbage collection: at thousands of events a second that is twice the memory.
        return new Promise<Row[]>((resolve, reject) => {
          const timer = setTimeout(() => {
            isClosed = true
            silentAtMs = performance.now()
            longWaitMs = Math.min(longWaitMs ?? ownTimeoutMs, ownTimeoutMs / 2)
            client.connection?.stream?.destroy()
            reject(noResponse(ownTimeoutMs))
          }, ownTimeoutMs)
          client.query(statement, (error, result) => {
            clearTimeout(timer)
            const isGivenUp = sqlStateOf(error) === idleInTransaction
            if (sqlStateOf(error) === readOnlyServer) {
              isBroken = true
              silentAtMs = performance.now()
            } else if (!error || (sqlStateOf(error) !== undefined && !isGivenUp)) {
              respondedAtMs.set(client, performance.now())
            } else isBroken = true
            if (signal?.aborted) reject(signal.reason)
            else if (isGivenUp) reject(noResponse(ownTimeoutMs))
            else if (isUnreplicated) reject(notReplicated())
            else if (error) reject(error)
            else resolve(result.rows as Row[])
          })
        })
      }

      const lookForStandby = async (forMs: number): Promise<void> => {
        if ((await query(longWaitsForStandby, [forMs])).length === 0) {
          longWaitMs = undefined
          return
        }
        // The address may lead to another server by now, and these connections still to the one that was replaced.
        isBroken = true
        silentAtMs = performance.now()
        standbyMissedAtMs = silentAtMs
        throw noStandby()
      }

      try {
        signal?.throwIfAborted()
        if (needsStandby && longWaitMs !== undefined) await lookForStandby(longWaitMs)
        return await run({
          query,
          get isClosed() {
            return isClosed
          },
        })
      } finally {
        signal?.removeEventListener('abort', leave)
        client.off('notice', heed)
        if (isClosed) {
          // It keeps its listener: it may still report that it was cut off.
          client.release(true)
        } else {
          client.off('error', ignore)
          client.release(isBroken)
        }
      }
    },
  }
}

/** Without the goodbye, for which a silent socket would wait. */
const destroy = (client: PgPoolClient): void => {
  client.on('error', ignore)
  client.connection?.stream?.destroy()
  client.release(true)
}

const connected = (checkedOut: Promise<PgPoolClient>, timeoutMs: number): Promise<PgPoolClient> =>
  within(checkedOut, timeoutMs, () => {
    // It comes too late to be of use, but it must not be lost to the pool.
    checkedOut.then(
      (client) => client.release(),
      () => {},
    )
    return new StoreError(
      'database_unavailable',
      `Failed to reach the database: no connection within ${timeoutMs} ms. Try again later; if the pool is too small, give it more.`,
    )
  })

export const noResponse = (timeoutMs: number): StoreError =>
  new StoreError(
    'database_unavailable',
    `Failed to hear from the database: no response within ${timeoutMs} ms, so the connection was closed. The statement may have taken effect; send it again, its events will be recognised.`,
  )

const notReplicated = (): StoreError =>
  new StoreError(
    'database_unavailable',
    'Failed to hear from the synchronous standby: somebody has cancelled the wait. The commit is on one server only and would be lost with it; send the events again, they will be recognised.',
  )

const noStandby = (): StoreError =>
  new StoreError(
    'database_unavailable',
    'Failed to begin a commit: earlier ones still wait for the synchronous standby. Bring a standby back; until then send the events again.',
    { cause: { code: 'no_standby' } },
  )

/** How long it is known, without another look, that a standby is missing. */
const betweenLooksMs = 1000

const longWaitsForStandby = `
SELECT pid FROM pg_stat_activity
WHERE wait_event = 'SyncRep' AND query_start < now() - $1 * interval '1 millisecond'
LIMIT 1`

/**
 * The name of PostgreSQL's function that waits for a synchronous standby: it warns when its wait was cancelled, and then responds as if all were
 * well, though the commit is on one machine only. The text of the warning depends on the language, this name does not.
 */
const waitForStandby = 'SyncRepWaitForLSN'

const ignore = (): void => {}
