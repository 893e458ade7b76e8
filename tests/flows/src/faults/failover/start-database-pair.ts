import { setTimeout as delay } from 'node:timers/promises'
import { startEmbeddedPostgres } from '@altcontext/embedded-database'
import { emptyClusters, type SilentProxy, startSilentProxy } from '@altcontext/test-database'
import { waitUntil } from '../bench/wait-until.ts'
import {
  ask,
  copyServer,
  type DatabaseServer,
  killServer,
  newDataDir,
  removeServer,
  signalServer,
  startReadOnly,
} from './database-server.ts'
import { startMovingAddress } from './moving-address.ts'

/**
 * What becomes of the primary that was killed with all its children.
 *
 * - `gone`: its connections end, and the address leads to the promoted standby.
 * - `silent`: its connections stay open, and nothing arrives on them any more.
 * - `read-only`: it comes back at the address as read-only, without the later commits. Then the address moves, and the
 *   connections to it stay.
 * - `stale`: the same, but it comes back as a primary without a standby: no write to it is confirmed.
 */
export const failoverKinds = ['gone', 'read-only', 'silent', 'stale'] as const
export type FailoverKind = (typeof failoverKinds)[number]

/** A primary and a standby for which every commit waits, and an address that leads to the current primary. */
export interface DatabasePair {
  url: string
  /** Prepares the first primary, before anything is replicated. */
  replicate(): Promise<void>
  /** `kill -9` of the primary after the standby has received nothing for `lagMs`, promotion of the standby, and then a new standby. */
  failOver(kind: FailoverKind, lagMs: number): Promise<void>
  /** Stops the standby, as a machine does that stands still. The function that it returns lets it go on. */
  stopStandby(): () => void
  /** Removes the old primary for ever, where it has come back. */
  endOld(): Promise<void>
  close(): Promise<void>
}

/** How long to wait until everybody has found the old primary at the address, and has tried to work with it. */
const reunionMs = 1000

/** @param synchronousCommit as in `postgresql.conf` */
export const startDatabasePair = async (synchronousCommit: string): Promise<DatabasePair> => {
  const settings = {
    max_connections: '100',
    synchronous_commit: synchronousCommit,
    wal_keep_size: '256MB',
    // A standby requests again what it has not received.
    wal_retrieve_retry_interval: '500ms',
  }
  // Once it is the primary, a server confirms nothing before it has a standby of its own.
  const waiting = { ...settings, synchronous_standby_names: '*' }
  const dataDir = newDataDir()
  const first = await startEmbeddedPostgres({ dataDir, durable: false, settings, emptyClusters })
  const address = await startMovingAddress(portOf(first.url))
  let primary: DatabaseServer = { dataDir, ...first }
  let standby: DatabaseServer | undefined
  let old: DatabaseServer | undefined
  let replication: SilentProxy | undefined

  const startStandby = async (): Promise<void> => {
    replication = await startSilentProxy(primary.url)
    const follows = new URL(replication.url)
    standby = await startReadOnly(await copyServer(primary), {
      url: primary.url,
      settings: {
        ...waiting,
        primary_conninfo: `host=127.0.0.1 port=${follows.port} user=postgres password=${follows.password}`,
      },
    })
    const from = primary
    await waitUntil('the standby is there', async () => {
      const rows = await ask(from, `SELECT FROM pg_stat_replication WHERE state = 'streaming'`)
      return rows.length > 0
    })
  }

  const promote = async (next: DatabaseServer): Promise<void> => {
    await waitUntil('the standby is the primary', async () => {
      await ask(next, 'SELECT pg_promote(true, 60)').catch(() => {})
      return (await ask(next, 'SELECT pg_is_in_recovery() AS is_standby'))[0].is_standby === false
    })
    standby = undefined
    primary = next
    address.lead(portOf(next.url))
  }

  /** The old primary at the address, until it has been found there. */
  const comeBack = async (dead: DatabaseServer, kind: 'read-only' | 'stale'): Promise<void> => {
    old =
      kind === 'read-only'
        ? await startReadOnly(dead.dataDir, { url: dead.url, settings: waiting })
        : {
            dataDir: dead.dataDir,
            ...(await startEmbeddedPostgres({ dataDir: dead.dataDir, durable: false, settings: waiting })),
          }
    const port = portOf(old.url)
    address.lead(port)
    await waitUntil('the old primary has been found', async () => address.connectionsTo(port) > 0)
    await delay(reunionMs)
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
    async failOver(kind, lagMs) {
      const [dead, next] = [primary, known(standby)]
      if (lagMs > 0) replication?.silence('both')
      await delay(lagMs)
      // Before the kill: nobody gets a response for what is committed meanwhile.
      if (kind === 'silent') address.silence()
      address.lead(undefined)
      if (kind === 'gone') address.cut()
      await killServer(dead)
      await replication?.close()
      if (kind === 'read-only' || kind === 'stale') await comeBack(dead, kind)
      else old = dead
      await promote(next)
      await startStandby()
    },
    stopStandby() {
      const stopped = known(standby)
      signalServer(stopped, 'SIGSTOP')
      return () => signalServer(stopped, 'SIGCONT')
    },
    async endOld() {
      if (old !== undefined) await removeServer(old)
      old = undefined
    },
    async close() {
      await address.close()
      await replication?.close()
      for (const server of [old, standby, primary]) if (server !== undefined) await removeServer(server)
    },
  }
}

const known = (standby: DatabaseServer | undefined): DatabaseServer => {
  if (standby === undefined) throw new Error('There is no standby: replicate() first.')
  return standby
}

const portOf = (url: string): number => Number(new URL(url).port)
