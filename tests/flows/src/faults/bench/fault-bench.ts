import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type SilentProxy,
  startSilentProxy,
  startTestPostgres,
  type TestPostgres,
} from '@altcontext/test-database'
import pg from 'pg'
import type { StoredEvent } from '../judge-round.ts'
import { createFaultyProxy, type FaultyProxy } from './faulty-proxy.ts'
import { examplePrisma, migrate } from './migrate.ts'
import { type ProcessStart, type RunningProcess, startProcess } from './start-process.ts'
import { type BenchReceiver, startReceiver } from './start-receiver.ts'

export const adminKey = 'fault-suite-admin-key-0123456789'
/** For the receiver's `signedUrl`. */
export const signingSecret = `whsec_${Buffer.from('fault-suite-signing-secret').toString('base64')}`

/** Everything that the rounds share: a PostgreSQL server, a receiver process, and two proxies in front of it. */
export interface FaultBench {
  /** A folder for files; removed at the end. */
  folder: string
  postgres: TestPostgres
  pool: pg.Pool
  /** Its connections to the receiver can go silent. */
  network: SilentProxy
  /** Behind the network. Set its `mode` to break the traffic, and back to `pass` to repair it. */
  proxy: FaultyProxy
  receiver: BenchReceiver
  /** The receiver's route, through network and proxy. */
  url: string
  /** The same, where a signature is required. */
  signedUrl: string
  /** A second receiver that differs by `env`; `proxy.leadTo` its port, so that it takes the place of the first. */
  startOtherReceiver(env: Record<string, string>): Promise<BenchReceiver>
  /** The program `programs/sender-main.ts`, with an outbox of its own. */
  startSender(env: Record<string, string>, options?: { node?: string | undefined }): Promise<RunningProcess>
  /** `webhook-relay serve` on a free port; it delivers to `url` unless `env` says otherwise. */
  startRelay(options: StartRelayOptions): Promise<RelayProcess>
  /** The events that are stored for the tenant of a round. */
  readStored(round: string): Promise<StoredEvent[]>
  /** Repairs network, proxy and receiver, and kills every sender and relay that still runs. */
  reset(): Promise<void>
  close(): Promise<void>
}

export interface StartRelayOptions {
  env?: Record<string, string>
  /** Arguments after `serve`. @default a shutdown within a second */
  args?: readonly string[]
  /** It continues when a round ends, until `close()`. @default false */
  outlivesRounds?: boolean
  /** Another Node than that of the suite. */
  node?: string | undefined
  nodeArgs?: readonly string[]
}

/** `url` is the route that takes events. */
export type RelayProcess = RunningProcess & { url: string }

const here = (file: string): URL => new URL(file, import.meta.url)
const route = '/v1/webhooks/description-service'

export const createFaultBench = async (): Promise<FaultBench> => {
  const folder = mkdtempSync(join(tmpdir(), 'webhook-faults-'))
  const postgres = await startTestPostgres()
  const pool = new pg.Pool({ connectionString: postgres.url, max: 20, connectionTimeoutMillis: 30_000 })
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  // The test server responds before its log is written; a server that is going to be killed must not.
  await pool.query('ALTER DATABASE postgres SET synchronous_commit = on')
  await migrate(postgres.url, examplePrisma)
  const receiverEnv = {
    DATABASE_URL: postgres.url,
    ADMIN_API_KEY: adminKey,
    WEBHOOK_SIGNING_SECRET: signingSecret,
  }
  const receiver = await startReceiver(receiverEnv)
  const proxy = await createFaultyProxy(receiver.port)
  const network = await startSilentProxy(`http://127.0.0.1:${proxy.port}`)
  const ofRound = new Set<RunningProcess>()
  const ofBench = new Set<RunningProcess>()
  const start = async (options: ProcessStart, owner = ofRound): Promise<RunningProcess> => {
    const process = await startProcess(options)
    owner.add(process)
    return process
  }
  const end = async (processes: Set<RunningProcess>): Promise<void> => {
    await Promise.all([...processes].map((process) => process.kill()))
    processes.clear()
  }
  const reset = async (): Promise<void> => {
    proxy.mode = 'pass'
    proxy.leadTo(receiver.port)
    network.endSilent()
    await end(ofRound)
    await receiver.reset()
  }
  const url = new URL(route, network.url).href

  return {
    folder,
    postgres,
    pool,
    network,
    proxy,
    receiver,
    url,
    startOtherReceiver: (env) => startReceiver({ ...receiverEnv, ...env }),
    signedUrl: new URL(`/signed${route}`, network.url).href,
    startSender: (env, { node } = {}) =>
      start({
        file: here('../programs/sender-main.ts'),
        env: { WEBHOOK_URL: url, ADMIN_API_KEY: adminKey, ...env },
        isReady: (line) => line === 'ready',
        node,
      }),
    async startRelay({ env, args = ['--shutdown-timeout', '1s'], outlivesRounds, node, nodeArgs }) {
      const relay = await start(
        {
          file: here('../../../../../packages/relay/src/cli.ts'),
          args: ['serve', '--port', '0', ...args],
          env: { WEBHOOK_URL: url, ADMIN_API_KEY: adminKey, ...env },
          isReady: (line) => line.includes('The relay takes events'),
          node,
          nodeArgs,
        },
        outlivesRounds ? ofBench : ofRound,
      )
      return { ...relay, url: JSON.parse(relay.firstLine).url }
    },
    readStored: async (round) =>
      (
        await pool.query(`SELECT id, payload ->> 'jobId' AS job FROM tenant_events WHERE tenant_id = $1`, [
          round,
        ])
      ).rows,
    reset,
    async close() {
      await reset()
      await end(ofBench)
      await receiver.process.kill()
      await network.close()
      await proxy.close()
      await pool.end()
      await postgres.remove()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
