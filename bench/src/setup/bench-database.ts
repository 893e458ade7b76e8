import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { applyMigrations, startEmbeddedPostgres } from '@altcontext/embedded-database'
import pg from 'pg'

/** A PostgreSQL server of the benchmark's own, with `fsync` and `synchronous_commit` on. */
export interface BenchDatabase extends AsyncDisposable {
  /** An empty database with the host's and the bridge's tables. Its name says whose it is. */
  createDatabase(name: string): Promise<string>
  /** `CREATE DATABASE ... TEMPLATE`: what was filled once is not filled for every competitor. */
  copyDatabase(from: string, name: string): Promise<string>
  /** Of the server's first process, which has started the others. */
  pid: number
  /** Stops the server and removes its data. */
  stop(): Promise<void>
}

const prismaDirectory = new URL('../../../examples/marketing-backend/prisma/', import.meta.url)
const template = 'migrated'

/** The server's settings are PostgreSQL's defaults, but for the number of connections and room for bulk loads. */
export const startBenchDatabase = async (): Promise<BenchDatabase> => {
  const dataDir = mkdtempSync(join(tmpdir(), 'altcontext-bench-'))
  // When root runs the benchmarks, the server runs as another user, who needs access to the folder.
  chmodSync(dataDir, 0o711)
  const server = await startEmbeddedPostgres({
    dataDir,
    settings: { max_connections: '300', max_wal_size: '4GB' },
  })
  const stop = async (): Promise<void> => {
    await server.stop()
    rmSync(dataDir, { recursive: true, force: true })
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
    await copyDatabase('template1', template)
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
    pid: server.pid,
    stop,
    [Symbol.asyncDispose]: stop,
  }
}
