import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { applyMigrations } from '@altcontext/embedded-database'
import { startTestPostgres, type TestPostgres } from '@altcontext/test-database'
import type { OutboxCounts } from '@altcontext/webhook-emitter'
import pg from 'pg'
import { createFaultyProxy } from './faulty-proxy.ts'
import { type RunningProcess, startProcess } from './start-process.ts'

export const adminKey = 'fault-suite-admin-key-0123456789'

/** What all rounds share: a PostgreSQL server, a receiver process, and a proxy in front of it. */
export interface FaultBench {
  folder: string
  postgres: TestPostgres
  pool: pg.Pool
  proxy: Awaited<ReturnType<typeof createFaultyProxy>>
  /** The receiver's route, through the proxy. */
  url: string
  /** `kill -9`, and a new one on the same port. */
  killReceiver(): Promise<void>
  startSender(env: Record<string, string>): Promise<RunningProcess>
  startRelay(env: Record<string, string>): Promise<RunningProcess & { url: string }>
  /** The ids and jobs that are stored for the tenant of a round. */
  readStored(round: string): Promise<{ id: string; job: string }[]>
  close(): Promise<void>
}

const here = (file: string): URL => new URL(file, import.meta.url)
const prisma = here('../../../../examples/marketing-backend/prisma/')

export const createFaultBench = async (): Promise<FaultBench> => {
  const folder = mkdtempSync(join(tmpdir(), 'webhook-faults-'))
  const postgres = await startTestPostgres()
  const pool = new pg.Pool({ connectionString: postgres.url, max: 20 })
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  // The test server answers before its log is written; a server that is to be killed must not.
  await pool.query('ALTER DATABASE postgres SET synchronous_commit = on')
  await applyMigrations({
    url: postgres.url,
    migrationsDirectory: new URL('migrations/', prisma),
    schemaFiles: readdirSync(new URL('schema/', prisma)).map(
      (file) => new URL(`schema/${file}`, prisma).pathname,
    ),
  })
  const port = await findFreePort()
  const startReceiver = (): Promise<RunningProcess> =>
    startProcess(
      here('receiver-main.ts'),
      [],
      { DATABASE_URL: postgres.url, ADMIN_API_KEY: adminKey, PORT: String(port) },
      (line) => line === 'ready',
    )
  let receiver = await startReceiver()
  const proxy = await createFaultyProxy(port)
  const url = `http://127.0.0.1:${proxy.port}/v1/webhooks/description-service`

  return {
    folder,
    postgres,
    pool,
    proxy,
    url,
    async killReceiver() {
      await receiver.kill()
      receiver = await startReceiver()
    },
    startSender: (env) =>
      startProcess(
        here('sender-main.ts'),
        [],
        { WEBHOOK_URL: url, ADMIN_API_KEY: adminKey, ...env },
        (line) => line === 'ready',
      ),
    async startRelay(env) {
      const relay = await startProcess(
        here('../../../../packages/relay/src/cli.ts'),
        ['serve', '--port', '0', '--shutdown-timeout', '1s'],
        { WEBHOOK_URL: url, ADMIN_API_KEY: adminKey, ...env },
        (line) => line.includes('The relay takes events'),
      )
      return { ...relay, url: JSON.parse(relay.firstLine).url }
    },
    readStored: async (round) =>
      (
        await pool.query(`SELECT id, payload ->> 'jobId' AS job FROM tenant_events WHERE tenant_id = $1`, [
          round,
        ])
      ).rows,
    async close() {
      await receiver.kill()
      await proxy.close()
      await pool.end()
      await postgres.remove()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** The loss ledger, checked. @throws when it does not balance */
export const assertBalanced = (counts: OutboxCounts): void => {
  const { accepted, delivered, duplicate, pending, dead, dropped } = counts
  const sum =
    delivered +
    duplicate +
    pending +
    dead +
    Object.values(dropped).reduce((total, events) => total + events, 0)
  if (sum !== accepted) throw new Error(`The ledger does not balance: ${JSON.stringify(counts)}`)
}

/** Waits for a condition; never longer than `timeoutMs`. */
export const waitUntil = async (
  what: string,
  condition: () => Promise<boolean>,
  timeoutMs = 90_000,
): Promise<void> => {
  const deadlineMs = performance.now() + timeoutMs
  while (!(await condition())) {
    if (performance.now() > deadlineMs) throw new Error(`Waited ${timeoutMs} ms in vain until ${what}.`)
    await delay(50)
  }
}

const findFreePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
