import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { applyMigrations, startEmbeddedPostgres } from '@altcontext/embedded-database'
import pg from 'pg'

/** The benchmark's own PostgreSQL server; `fsync` and `synchronous_commit` are on unless the options say otherwise. */
export interface BenchDatabase extends AsyncDisposable {
  /** An empty database with the host's and the bridge's tables. Its name says whose it is. */
  createDatabase(name: string): Promise<string>
  /** `CREATE DATABASE ... TEMPLATE`: a database is filled once, not for every competitor. */
  copyDatabase(from: string, name: string): Promise<string>
  /** The id of the server's first process, which has started the others. */
  readonly pid: number
  /** Stops the server and starts it again with other settings on the same port, so addresses stay valid. */
  restart(settings?: Readonly<Record<string, string>>): Promise<void>
  /** Where its files are. */
  dataDir: string
  /** The address of a database, which need not exist. */
  urlOf(name: string): string
  /** Stops the server and removes its data, unless it is kept. */
  stop(): Promise<void>
}

export interface BenchDatabaseOptions {
  /** @default those of {@link benchSettings} */
  settings?: Readonly<Record<string, string>> | undefined
  /** Kept at the end, and used again. @default a folder of its own, removed at the end */
  keptIn?: string | undefined
}

const prismaDirectory = new URL('../../../examples/marketing-backend/prisma/', import.meta.url)
const template = 'migrated'

/** PostgreSQL's defaults, except for the number of connections and space for bulk loads. */
const benchSettings = { max_connections: '300', max_wal_size: '4GB' }

export const startBenchDatabase = async ({
  settings = benchSettings,
  keptIn,
}: BenchDatabaseOptions = {}): Promise<BenchDatabase> => {
  const dataDir = keptIn ?? mkdtempSync(join(tmpdir(), 'altcontext-bench-'))
  mkdirSync(dataDir, { recursive: true })
  // When root runs the benchmarks, the server runs as another user, who needs access to the folder.
  chmodSync(dataDir, 0o711)
  let server = await startEmbeddedPostgres({ dataDir, settings })
  const restart = async (others: Readonly<Record<string, string>> = settings): Promise<void> => {
    await server.stop()
    server = await startEmbeddedPostgres({ dataDir, settings: others, port: server.port })
  }
  const stop = async (): Promise<void> => {
    await server.stop()
    if (keptIn === undefined) rmSync(dataDir, { recursive: true, force: true })
  }
  const urlOf = (name: string): string => Object.assign(new URL(server.url), { pathname: `/${name}` }).href
  const copyDatabase = async (from: string, name: string): Promise<string> => {
    const admin = new pg.Client({ connectionString: server.url })
    await admin.connect()
    try {
      await admin.query(`CREATE DATABASE "${name}" TEMPLATE "${from}" STRATEGY file_copy`)
    } finally {
      await admin.end()
    }
    return urlOf(name)
  }
  try {
    if (!(await hasDatabase(server.url, template))) await copyDatabase('template1', template)
    const schemaDirectory = new URL('schema/', prismaDirectory)
    await applyMigrations({
      url: urlOf(template),
      migrationsDirectory: new URL('migrations/', prismaDirectory),
      schemaFiles: readdirSync(schemaDirectory).map((file) => new URL(file, schemaDirectory).pathname),
    })
  } catch (error) {
    await stop()
    throw error
  }
  return {
    createDatabase: (name) => copyDatabase(template, name),
    copyDatabase,
    get pid() {
      return server.pid
    },
    restart,
    dataDir,
    urlOf,
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

export const hasDatabase = async (url: string, name: string): Promise<boolean> => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [name])
  await client.end()
  return rowCount === 1
}
