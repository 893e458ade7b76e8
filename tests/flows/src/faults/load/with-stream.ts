import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type NatsCluster, startNatsCluster } from '@altcontext/nats-server'
import { openSqliteOutboxRecords } from '@altcontext/webhook-emitter/sqlite'
import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import type { FaultBench } from '../bench/fault-bench.ts'
import { type RunningProcess, startProcess } from '../bench/start-process.ts'
import { waitUntil } from '../bench/wait-until.ts'
import { type RoundOutcome, readOutbox } from '../scenario.ts'

export interface StreamUnderLoad {
  cluster: NatsCluster
  manager: JetStreamManager
  consumers: RunningProcess[]
  startConsumer(env?: Record<string, string>): Promise<RunningProcess>
  /** Waits until the product was told of this many more events, so that a fault happens under load. */
  moreAccepted(events: number): Promise<void>
}

/**
 * Three brokers, two consumers, and a product that emits through them from a SQLite outbox until the fault is over; then it is killed,
 * and another process delivers what is left.
 */
export const withStream = async (
  bench: FaultBench,
  round: string,
  fault: (stream: StreamUnderLoad) => Promise<void>,
): Promise<RoundOutcome> => {
  const path = join(bench.folder, `${round}.db`)
  const cluster = await startNatsCluster()
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
    const sender = await bench.startSender({ ...env, OUTBOX: path, MODE: 'emit', PAUSE_MS: '10' })
    const moreAccepted = async (events: number): Promise<void> => {
      const before = sender.lines.length
      await waitUntil(`${events} more are accepted`, async () => sender.lines.length >= before + events)
    }
    await moreAccepted(200)
    await waitUntil('something is stored', async () => (await bench.readStored(round)).length > 0)

    await fault({ cluster, manager, consumers, startConsumer, moreAccepted })

    await sender.kill()
    const drain = await bench.startSender({ ...env, OUTBOX: path, MODE: 'drain' })
    const code = await drain.ended()
    if (code !== 0) throw new Error(`The sender could not deliver what was left (${code}): ${drain.errors()}`)
    return { told: sender.lines, outbox: await readOutbox(openSqliteOutboxRecords({ path })) }
  } finally {
    await connection.close()
    await Promise.all(consumers.map((consumer) => consumer.kill()))
    await cluster.stop()
  }
}

/** The server that leads the stream of a round; waits until there is one. */
export const leaderOf = async (manager: JetStreamManager, round: string): Promise<string> => {
  let leader: string | undefined
  await waitUntil('the stream has a leader', async () => {
    const info = await manager.streams.info(round).catch(() => undefined)
    leader = info?.cluster?.leader
    if (leader === undefined) await delay(100)
    return leader !== undefined
  })
  return leader as string
}
