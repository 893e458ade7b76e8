import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import {
  type ClusterNetwork,
  type NatsCluster,
  type NatsNode,
  startNatsCluster,
} from '@altcontext/nats-server'
import { openSqliteOutboxRecords } from '@altcontext/webhook-emitter/sqlite'
import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import type { FaultBench } from '../bench/fault-bench.ts'
import { type RunningProcess, startProcess } from '../bench/start-process.ts'
import { waitUntil } from '../bench/wait-until.ts'
import { type RoundOutcome, readOutbox } from '../scenario.ts'
import { readCarried } from './read-carried.ts'

export interface StreamUnderLoad {
  cluster: NatsCluster
  manager: JetStreamManager
  consumers: RunningProcess[]
  startConsumer(env?: Record<string, string>): Promise<RunningProcess>
  /** Waits until this many more events were accepted, so that a fault happens under load. */
  moreAccepted(events: number): Promise<void>
  /** Waits until this many more are in the database, which shows that broker and consumers work. */
  moreStored(events: number): Promise<void>
}

export interface StreamRound {
  /** Breaks something, repairs it, and says what was done. */
  fault(stream: StreamUnderLoad): Promise<string>
  /** The network of the servers. @default all on loopback */
  network?: ClusterNetwork | undefined
  /** The broker loses its disks, and with them messages that it has acknowledged, which is then not a contradiction. @default false */
  mayLose?: boolean | undefined
  /** Between two groups of ten events of the product. @default 40 */
  pauseMs?: number | undefined
}

/**
 * Three brokers, two consumers, and a product that emits through them from a SQLite outbox until the fault is over; then the product is killed,
 * and another process delivers the remaining events.
 */
export const withStream = async (
  bench: FaultBench,
  round: string,
  { fault, network, mayLose = false, pauseMs = 40 }: StreamRound,
): Promise<RoundOutcome> => {
  const path = join(bench.folder, `${round}.db`)
  const cluster = await startNatsCluster(network)
  const consumers: RunningProcess[] = []
  const env = { NATS_URL: cluster.urls.join(','), ROUND: round, DATABASE_URL: bench.postgres.url }
  const connection = await connect({
    servers: [...cluster.urls],
    maxReconnectAttempts: -1,
    reconnectTimeWait: 100,
  })
  try {
    const manager = await jetstreamManager(connection, { checkAPI: false })
    // A cluster that has just started has no leader for a moment.
    await waitUntil('the cluster has a leader', () =>
      manager.getAccountInfo().then(
        () => true,
        () => false,
      ),
    )
    const startConsumer = async (more: Record<string, string> = {}): Promise<RunningProcess> => {
      const file = new URL('../programs/consumer-main.ts', import.meta.url)
      const consumer = await startProcess({
        file,
        env: { ...env, ...more },
        isReady: (line) => line === 'ready',
      })
      consumers.push(consumer)
      return consumer
    }
    await Promise.all([startConsumer(), startConsumer()])
    const sender = await bench.startSender({ ...env, OUTBOX: path, MODE: 'emit', PAUSE_MS: String(pauseMs) })
    const moreAccepted = async (events: number): Promise<void> => {
      const before = sender.lines.length
      await waitUntil(`${events} more are accepted`, async () => sender.lines.length >= before + events)
    }
    const countStored = async (): Promise<number> =>
      Number((await bench.pool.query(countSql, [round])).rows[0].stored)
    const moreStored = async (events: number): Promise<void> => {
      const before = await countStored()
      await waitUntil(`${events} more are stored`, async () => (await countStored()) >= before + events)
    }
    await moreAccepted(100)
    await moreStored(1)

    const done = await fault({ cluster, manager, consumers, startConsumer, moreAccepted, moreStored })

    await sender.kill()
    const drain = await bench.startSender({ ...env, OUTBOX: path, MODE: 'drain' })
    const code = await drain.ended()
    if (code !== 0)
      throw new Error(`The sender could not deliver the remaining events (${code}): ${drain.errors()}`)
    const { messages, lacking } = await readCarried(connection, round)
    const copies = lacking.length === 0 ? '' : `; a server's copy of the stream lacks ${lacking[0]} messages`
    return {
      told: sender.lines,
      outbox: await readOutbox(openSqliteOutboxRecords({ path })),
      carried: { messages, mayLose },
      done: `${done}${copies}`,
    }
  } finally {
    await connection.close()
    await Promise.all(consumers.map((consumer) => consumer.kill()))
    await cluster.stop()
  }
}

const countSql = 'SELECT count(*) AS stored FROM tenant_events WHERE tenant_id = $1'

/** The server that leads the stream of a round; waits until there is one. */
export const leaderOf = async (
  { cluster, manager }: Pick<StreamUnderLoad, 'cluster' | 'manager'>,
  round: string,
): Promise<NatsNode> => {
  let leader: NatsNode | undefined
  await waitUntil('the stream has a leader', async () => {
    const info = await manager.streams.info(round).catch(() => undefined)
    leader = cluster.nodes.find(({ name }) => name === info?.cluster?.leader)
    if (leader === undefined) await delay(100)
    return leader !== undefined
  })
  return leader as NatsNode
}

/** Whether all three servers have all messages of the stream. */
export const isWhole = async (
  { manager }: Pick<StreamUnderLoad, 'manager'>,
  round: string,
): Promise<boolean> => {
  const info = await manager.streams.info(round).catch(() => undefined)
  const replicas = info?.cluster?.replicas ?? []
  return replicas.length === 2 && replicas.every(({ current, offline }) => current && offline !== true)
}
