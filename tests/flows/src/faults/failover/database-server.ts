import { execFile } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startEmbeddedPostgres } from '@altcontext/embedded-database'
import pg from 'pg'
import { findFreePort } from '../bench/find-free-port.ts'

/** One PostgreSQL of a pair. */
export interface DatabaseServer {
  dataDir: string
  url: string
  pid: number
  stop(): Promise<void>
}

export const newDataDir = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'altcontext-pair-'))
  // When root runs the suite, the server runs as another user, who needs access.
  chmodSync(folder, 0o711)
  return folder
}

export const ask = async (server: Pick<DatabaseServer, 'url'>, text: string) => {
  const client = new pg.Client({ connectionString: server.url })
  client.on('error', () => {})
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

/** Starts a server on a copied folder, or on one that another server has left. It is read-only until it is promoted. */
export const startReadOnly = async (
  dataDir: string,
  { url: like, settings }: { url: string; settings: Record<string, string> },
): Promise<DatabaseServer> => {
  const cluster = join(dataDir, 'cluster')
  writeAsOwner(cluster, 'standby.signal', '')
  const port = await findFreePort()
  const started = Promise.withResolvers<void>()
  // This resolves only when the server is promoted.
  const promoted = startEmbeddedPostgres({
    dataDir,
    port,
    durable: false,
    settings,
    log: (line) => {
      if (line.includes('ready to accept read-only connections')) started.resolve()
    },
  })
  promoted.catch(started.reject)
  await started.promise
  const url = new URL(like)
  url.port = String(port)
  return {
    dataDir,
    url: url.href,
    pid: Number(readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n')[0]),
    stop: async () => (await promoted).stop(),
  }
}

/** A copy of a running server, in a new folder. */
export const copyServer = async ({ dataDir, url }: DatabaseServer): Promise<string> => {
  const folder = newDataDir()
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(`SELECT pg_backup_start('standby', true)`)
  await copyCluster(dataDir, folder)
  const { rows } = await client.query('SELECT labelfile FROM pg_backup_stop(false)')
  await client.end()
  writeAsOwner(join(folder, 'cluster'), 'backup_label', rows[0].labelfile)
  return folder
}

/** Sends a signal to the server and all its children, which have their own process groups. */
export const signalServer = ({ pid }: Pick<DatabaseServer, 'pid'>, signal: NodeJS.Signals): void => {
  let children: string[] = []
  try {
    children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean)
  } catch {
    // Where there is no such file, only the parent gets it.
  }
  for (const each of [pid, ...children.map(Number)]) {
    try {
      process.kill(each, signal)
    } catch {
      // It has already ended by itself.
    }
  }
}

/** `kill -9`; children that were left could still commit for a moment. */
export const killServer = async (server: Pick<DatabaseServer, 'pid' | 'stop'>): Promise<void> => {
  signalServer(server, 'SIGKILL')
  await server.stop().catch(() => {})
}

export const removeServer = async (server: DatabaseServer): Promise<void> => {
  await killServer(server)
  rmSync(server.dataDir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
}

const writeAsOwner = (cluster: string, name: string, text: string): void => {
  const file = join(cluster, name)
  writeFileSync(file, text)
  const { uid, gid } = statSync(cluster)
  chownSync(file, uid, gid)
}

// Asynchronously, because the address that moves must go on working in this process.
const copyCluster = async (from: string, to: string): Promise<void> => {
  // The log is streamed, and the file that names the process does not belong to the standby.
  const script = `mkdir -p "$2/cluster" && tar -C "$1/cluster" --exclude='./pg_wal/*' --exclude=./postmaster.pid --exclude=./postmaster.opts --exclude=./standby.signal --warning=no-file-changed -cpf - . | tar -C "$2/cluster" -xpf -`
  await promisify(execFile)('/bin/sh', ['-c', script, 'copy', from, to])
  copyFileSync(join(from, 'password'), join(to, 'password'))
}
