import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'

export interface PgBouncer extends AsyncDisposable {
  /** The address of the database, through the pooler. */
  url: string
  stop(): Promise<void>
}

export interface PgBouncerOptions {
  /** The address of the database behind it. */
  url: string
  poolMode: 'session' | 'transaction'
  /** Connections to the server. @default 2, so that clients often get one that another has used */
  serverConnections?: number | undefined
}

/** Whether this machine has a PgBouncer: it comes with Debian's package, which only root can install. */
export const hasPgBouncer = (): boolean => spawnSync('pgbouncer', ['--version']).status === 0

/** Debian's PgBouncer with its stock configuration in front of a database. */
export const startPgBouncer = async ({
  url,
  poolMode,
  serverConnections = 2,
}: PgBouncerOptions): Promise<PgBouncer> => {
  const target = new URL(url)
  const database = target.pathname.slice(1)
  const port = await findFreePort()
  const folder = mkdtempSync(join(tmpdir(), 'altcontext-pgbouncer-'))
  chmodSync(folder, 0o755)
  const configuration = join(folder, 'pgbouncer.ini')
  writeFileSync(
    configuration,
    `[databases]
${database} = host=${target.hostname} port=${target.port} user=${target.username} password=${target.password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = ${poolMode}
default_pool_size = ${serverConnections}
`,
  )
  // It refuses to run as root.
  const account = process.getuid?.() === 0 ? ['-u', 'nobody'] : []
  const server = spawn('pgbouncer', ['-q', ...account, configuration], { stdio: 'ignore' })
  const stop = async () => {
    await end(server)
    rmSync(folder, { recursive: true, force: true })
  }
  const through = `postgresql://anyone@127.0.0.1:${port}/${database}`
  try {
    await waitUntilResponding(through, server)
  } catch (error) {
    await stop()
    throw error
  }
  return { url: through, stop, [Symbol.asyncDispose]: stop }
}

const waitUntilResponding = async (url: string, server: ChildProcess): Promise<void> => {
  const deadline = Date.now() + 10_000
  for (;;) {
    const client = new pg.Client({ connectionString: url })
    client.on('error', () => undefined)
    try {
      await client.connect()
      await client.query('SELECT 1')
      return
    } catch (cause) {
      if (server.exitCode !== null || Date.now() > deadline) {
        throw new Error('Failed to start PgBouncer: it does not respond. See what `pgbouncer` prints.', {
          cause,
        })
      }
      await delay(50)
    } finally {
      await client.end().catch(() => undefined)
    }
  }
}

const end = async (server: ChildProcess): Promise<void> => {
  if (server.exitCode !== null) return
  const ended = new Promise((resolve) => server.once('exit', resolve))
  // At once: a SIGINT would wait for every client.
  server.kill('SIGTERM')
  await ended
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
