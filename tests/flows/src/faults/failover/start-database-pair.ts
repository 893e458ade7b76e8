import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
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
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbeddedPostgres } from '@altcontext/embedded-database'
import pg from 'pg'
import { findFreePort } from '../bench/find-free-port.ts'
import { waitUntil } from '../bench/wait-until.ts'

/** A primary and a standby that every commit waits for, and an address that leads to whichever is the primary. */
export interface DatabasePair {
  url: string
  /** Prepares the first primary, before anything is replicated. */
  replicate(): Promise<void>
  /** `kill -9` of the primary and all its children, promotion of the standby, and then a new standby. */
  failOver(): Promise<void>
  close(): Promise<void>
}

interface Server {
  dataDir: string
  url: string
  pid: number
  stop(): Promise<void>
}

const settings = { max_connections: '100', synchronous_commit: 'on', wal_keep_size: '256MB' }

export const startDatabasePair = async (): Promise<DatabasePair> => {
  const newFolder = (): string => {
    const folder = mkdtempSync(join(tmpdir(), 'altcontext-pair-'))
    // When root runs the suite, the server runs as another user, who has to get in.
    chmodSync(folder, 0o711)
    return folder
  }
  const dataDir = newFolder()
  const first = await startEmbeddedPostgres({ dataDir, durable: false, settings })
  let primary: Server = { dataDir, ...first }
  let standby: Server | undefined
  const address = await startMovingAddress(Number(new URL(first.url).port))
  const ask = async (server: Server, text: string) => {
    const client = new pg.Client({ connectionString: server.url })
    client.on('error', () => {})
    await client.connect()
    try {
      return (await client.query(text)).rows
    } finally {
      await client.end()
    }
  }

  const startStandby = async (): Promise<void> => {
    const folder = newFolder()
    const client = new pg.Client({ connectionString: primary.url })
    await client.connect()
    await client.query(`SELECT pg_backup_start('standby', true)`)
    copyCluster(primary.dataDir, folder)
    const { rows } = await client.query('SELECT labelfile FROM pg_backup_stop(false)')
    await client.end()
    const cluster = join(folder, 'cluster')
    for (const [name, text] of [
      ['backup_label', rows[0].labelfile],
      ['standby.signal', ''],
    ]) {
      const file = join(cluster, name)
      writeFileSync(file, text)
      const { uid, gid } = statSync(cluster)
      chownSync(file, uid, gid)
    }
    const port = await findFreePort()
    const follows = new URL(primary.url)
    const started = Promise.withResolvers<void>()
    // It is ready in the eyes of the starter when it is promoted.
    const promoted = startEmbeddedPostgres({
      dataDir: folder,
      port,
      durable: false,
      settings: {
        ...settings,
        // When it is the primary, it confirms nothing before it has a standby of its own.
        synchronous_standby_names: '*',
        primary_conninfo: `host=127.0.0.1 port=${follows.port} user=postgres password=${follows.password}`,
      },
      log: (line) => {
        if (line.includes('ready to accept read-only connections')) started.resolve()
      },
    })
    promoted.catch(started.reject)
    await started.promise
    const url = new URL(primary.url)
    url.port = String(port)
    standby = {
      dataDir: folder,
      url: url.href,
      pid: Number(readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n')[0]),
      stop: async () => (await promoted).stop(),
    }
    const from = primary
    await waitUntil('the standby is synchronous', async () => {
      const rows = await ask(from, `SELECT FROM pg_stat_replication WHERE state = 'streaming'`)
      return rows.length > 0
    })
  }

  return {
    url: address.url(first.url),
    async replicate() {
      await startStandby()
      await ask(primary, `ALTER SYSTEM SET synchronous_standby_names = '*'`)
      await ask(primary, 'SELECT pg_reload_conf()')
      await waitUntil('commits wait for the standby', async () => {
        const rows = await ask(
          primary,
          `SELECT FROM pg_stat_replication WHERE sync_state IN ('sync', 'quorum')`,
        )
        return rows.length > 0
      })
    },
    async failOver() {
      if (standby === undefined) throw new Error('There is no standby: replicate() first.')
      const [dead, next] = [primary, standby]
      address.lead(undefined)
      killAll(dead.pid)
      await waitUntil('the standby is the primary', async () => {
        await ask(next, 'SELECT pg_promote(true, 60)').catch(() => {})
        return (await ask(next, 'SELECT pg_is_in_recovery() AS is_standby'))[0].is_standby === false
      })
      primary = next
      standby = undefined
      address.lead(Number(new URL(next.url).port))
      await dead.stop().catch(() => {})
      rmSync(dead.dataDir, { recursive: true, force: true })
      await startStandby()
    },
    async close() {
      await address.close()
      for (const server of [standby, primary]) {
        if (server === undefined) continue
        killAll(server.pid)
        rmSync(server.dataDir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
      }
    },
  }
}

/** The children of PostgreSQL are in groups of their own, and would outlive their parent by a moment in which they could still commit. */
const killAll = (pid: number): void => {
  let children: string[] = []
  try {
    children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean)
  } catch {
    // Where there is no such file, the parent goes alone.
  }
  for (const each of [pid, ...children.map(Number)]) {
    try {
      process.kill(each, 'SIGKILL')
    } catch {
      // It has ended by itself.
    }
  }
}

const copyCluster = (from: string, to: string): void => {
  // What is in the log is streamed, and what names the process is not the standby's.
  const script = `mkdir -p "$2/cluster" && tar -C "$1/cluster" --exclude='./pg_wal/*' --exclude=./postmaster.pid --exclude=./postmaster.opts --exclude=./standby.signal -cpf - . | tar -C "$2/cluster" -xpf -`
  const { status, stderr } = spawnSync('/bin/sh', ['-c', script, 'copy', from, to], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`The primary could not be copied: ${stderr}`)
  copyFileSync(join(from, 'password'), join(to, 'password'))
}

const startMovingAddress = async (first: number) => {
  let target: number | undefined = first
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    if (target === undefined) {
      client.destroy()
      return
    }
    const upstream = connect(target, '127.0.0.1')
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
      socket.pipe(other)
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const end = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    url: (of: string): string => {
      const url = new URL(of)
      url.port = String((server.address() as AddressInfo).port)
      return url.href
    },
    /** Ends every connection, and leads the next ones there; nowhere when it is undefined. */
    lead: (port: number | undefined): void => {
      target = port
      end()
    },
    close: async (): Promise<void> => {
      end()
      server.close()
      await once(server, 'close')
    },
  }
}
