import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@altcontext/embedded-database'
import { makeMemoryFolder } from './memory-folder.ts'
import { sessionTimeZone } from './test-server.ts'

/** A server for the caller alone that can be stopped, killed and started again; it is empty, so apply the migrations that you need. */
export interface TestPostgres extends AsyncDisposable {
  /** The same after a restart. */
  url: string
  port: number
  /** Of the running server; for `process.kill(pid, 'SIGKILL')`. Another one after each start. */
  readonly pid: number
  stop(): Promise<void>
  /** On the same port and data; also after the process was killed. */
  start(): Promise<void>
  restart(): Promise<void>
  /** Stops the server and removes its data. */
  remove(): Promise<void>
}

export interface TestPostgresOptions {
  /** In memory where there is room for it, for databases that stay small. @default false: in the temporary folder */
  inMemory?: boolean
}

/** Kept from run to run. */
export const emptyClusters = join(import.meta.dirname, '../../../.cache/empty-clusters')

/**
 * Starts a throw-away server, without durability. Takes about a second. It has another version of PostgreSQL where
 * `TEST_POSTGRES_INSTALLED_IN` names the folder of that version.
 */
export const startTestPostgres = async ({
  inMemory = false,
}: TestPostgresOptions = {}): Promise<TestPostgres> => {
  const dataDir =
    (inMemory ? makeMemoryFolder() : undefined) ?? mkdtempSync(join(tmpdir(), 'altcontext-test-'))
  // When root runs the tests, the server runs as another user, who needs access.
  chmodSync(dataDir, 0o711)
  const startServer = (port?: number) =>
    startEmbeddedPostgres({
      dataDir,
      port,
      durable: false,
      installedIn: process.env.TEST_POSTGRES_INSTALLED_IN,
      emptyClusters,
      settings: {
        max_connections: '300',
        timezone: sessionTimeZone,
        // No more of the server's log is kept than is needed.
        min_wal_size: '32MB',
        max_wal_size: '256MB',
      },
    })

  let server: EmbeddedPostgres = await startServer()
  const { url, port } = server
  const stop = () => server.stop()
  const start = async () => {
    server = await startServer(port)
  }
  const remove = async () => {
    await stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
  return {
    url,
    port,
    get pid() {
      return server.pid
    },
    stop,
    start,
    restart: async () => {
      await stop()
      await start()
    },
    remove,
    [Symbol.asyncDispose]: remove,
  }
}
