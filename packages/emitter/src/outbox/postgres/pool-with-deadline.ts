import type { PostgresClient, PostgresPool } from './pool.ts'

/** How long an accept, a claim or a settlement may take before its connection is given up. */
export const operationTimeoutMs = 10_000
/** For statements that read or write many rows at once: tidying, migrations. */
export const longOperationTimeoutMs = 60_000

/** SQLSTATE of a statement that writes on a read-only server. */
export const readOnlyServer = '25006'

/** When each connection was last heard of, whoever used it. */
const heardMs = new WeakMap<PostgresClient, number>()

/** What is known of the server behind a pool, whoever used the pool. */
interface KnownServer {
  suspectBeforeMs: number
  /** Commits that wait longer than this may wait in vain: half of the shortest deadline that has passed without a response. */
  longWaitMs: number | undefined
  standbyMissedAtMs: number
}
const knownServers = new WeakMap<PostgresPool, KnownServer>()

/**
 * A pool whose every use ends within `timeoutMs`. A connection can go silent without being reset (a firewall that forgets it,
 * a server that is gone), and no time-out of the server helps then. A connection that does not respond is destroyed, and
 * so are the idle ones that were last heard before it: the next use takes a new one. Whether the statement took effect is unknown. Connections
 * to a server that says that it is read-only are destroyed as well, because a standby has been promoted in its place.
 *
 * A commit that waits for a synchronous standby ignores that its connection is gone, and keeps its place and its locks on the server. So
 * after a statement without a response no other is sent while any has waited there for half of the time that was too long for it.
 */
export const withDeadline = (pool: PostgresPool, timeoutMs: number): PostgresPool => {
  const server = knownServers.get(pool) ?? {
    suspectBeforeMs: Number.NEGATIVE_INFINITY,
    longWaitMs: undefined,
    standbyMissedAtMs: Number.NEGATIVE_INFINITY,
  }
  knownServers.set(pool, server)

  const noteSilence = (): void => {
    server.suspectBeforeMs = performance.now()
  }
  const take = async (): Promise<PostgresClient> => {
    if (performance.now() - server.standbyMissedAtMs < betweenLooksMs) throw noStandby()
    const client = await takeResponding()
    if (server.longWaitMs !== undefined) await lookForStandby(client, server.longWaitMs)
    return client
  }
  const lookForStandby = async (client: PostgresClient, forMs: number): Promise<void> => {
    try {
      if ((await run(client, longWaitsForStandby, [forMs])).rows.length === 0) {
        server.longWaitMs = undefined
        return
      }
      // The address may lead to another server by now, and these connections still to the one that was replaced.
      noteSilence()
      server.standbyMissedAtMs = performance.now()
      throw noStandby()
    } catch (error) {
      client.release(true)
      throw error
    }
  }
  const takeResponding = async (): Promise<PostgresClient> => {
    for (;;) {
      const connecting = pool.connect()
      const client = await within(timeoutMs, connecting, () => {
        // It comes too late to be useful, but it must not be lost to the pool.
        connecting.then(
          (late) => late.release(true),
          () => {},
        )
      })
      const known = heardMs.get(client)
      if (known === undefined) {
        // While nobody waits for it, a broken connection would end the process. The next use of it reports it.
        client.on('error', () => {})
        heardMs.set(client, performance.now())
      }
      if (known === undefined || known >= server.suspectBeforeMs) return client
      client.release(true)
    }
  }
  const run = async (client: PostgresClient, text: string, values?: unknown[]) => {
    const result = await within(timeoutMs, client.query(text, values), () => {
      noteSilence()
      server.longWaitMs = Math.min(server.longWaitMs ?? timeoutMs, timeoutMs / 2)
    }).catch((error) => {
      if (error?.code === readOnlyServer) noteSilence()
      throw error
    })
    heardMs.set(client, performance.now())
    return result
  }

  return {
    options: pool.options,

    async query(text, values) {
      const client = await take()
      try {
        const result = await run(client, text, values)
        client.release()
        return result
      } catch (error) {
        client.release(true)
        throw error
      }
    },

    async connect() {
      const client = await take()
      return {
        query: (text, values) => run(client, text, values),
        release: (destroy) => client.release(destroy),
        on: (event, listener) => client.on(event, listener),
      }
    },
  }
}

/** How long it is known, without another look, that a standby is missing. */
const betweenLooksMs = 1000

const longWaitsForStandby = `SELECT pid FROM pg_stat_activity
  WHERE wait_event = 'SyncRep' AND query_start < now() - $1 * interval '1 millisecond' LIMIT 1`

const noStandby = (): Error =>
  Object.assign(new Error('Commits wait for the synchronous standby.'), { code: 'no_standby' })

const within = async <Result>(
  timeoutMs: number,
  operation: Promise<Result>,
  onTimeout: () => void,
): Promise<Result> => {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      onTimeout()
      reject(Object.assign(new Error('The database did not respond in time.'), { code: 'ETIMEDOUT' }))
    }, timeoutMs)
  })
  try {
    return await Promise.race([operation, timeout])
  } finally {
    clearTimeout(timer)
  }
}
