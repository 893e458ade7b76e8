import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { findNatsServer, startNatsServer } from '@altcontext/nats-server'
import { createEmitter } from '@altcontext/webhook-emitter'
import { openPostgresOutboxRecords } from '@altcontext/webhook-emitter/postgres'
import {
  createSqliteOutbox,
  type OutboxRecords,
  openSqliteOutboxRecords,
} from '@altcontext/webhook-emitter/sqlite'
import { jetStream } from '@altcontext/webhook-stream'
import type pg from 'pg'
import { adminKey } from '../bench/fault-bench.ts'
import { type RunningProcess, startProcess } from '../bench/start-process.ts'
import { startReceiver } from '../bench/start-receiver.ts'
import { olderId } from '../completeness/late-product.ts'
import { scanCompleted } from '../load/scan-completed.ts'
import { type Producer, runProducer, startProducer } from '../load/start-producer.ts'
import { startProduct } from '../load/start-product.ts'
import { startPythonDeliver } from './start-python-deliver.ts'

/** A way by which events come into the database. */
export interface Way {
  /** `http`: relay, outbox in a file. `outbox`: relays, outbox in the database that fails over. `stream`: NATS and its consumers. */
  name: 'http' | 'outbox' | 'stream'
  producer: Producer
  records(): OutboxRecords
}

export interface FailoverLoad {
  /** The receiver with which outboxes are compared. */
  receiverUrl: string
  ways: readonly Way[]
  /** The processes that were started, once: none of them may end before `close()`. */
  processes: readonly Pick<RunningProcess, 'child' | 'errors'>[]
}

/** The pause between two posts of a lane. */
const pauseMs = 800

/**
 * Starts everything that uses the database: a receiver, relays of both outboxes, consumers of a stream, rollup workers, and a producer for each
 * way. Without a `nats-server` there is no stream.
 *
 * @param of `productPool`, with which the product emits; `copies` of each relay of the database's outbox and of each consumer; `tenant` of the events that a way makes now
 */
export const startLoad = async (
  ending: AsyncDisposableStack,
  of: {
    url: string
    pool: pg.Pool
    productPool: pg.Pool
    folder: string
    copies: number
    /** Python's `deliver` takes the place of the relays of the database's outbox. */
    isPython: boolean
    tenant(way: Way['name']): string
  },
): Promise<FailoverLoad> => {
  const processes: Pick<RunningProcess, 'child' | 'errors'>[] = []
  const start = async (file: string, env: Record<string, string>, args: readonly string[] = []) => {
    const process = await startProcess({
      file: new URL(file, import.meta.url),
      args,
      env: { DATABASE_URL: of.url, ADMIN_API_KEY: adminKey, ...env },
      isReady: (line) => line === 'ready' || line.includes('The relay takes events'),
    })
    processes.push(process)
    ending.defer(async () => void (await process.kill()))
    return process
  }
  const receiver = await startReceiver({ DATABASE_URL: of.url, ADMIN_API_KEY: adminKey })
  ending.defer(async () => void (await receiver.process.kill()))
  processes.push(receiver.process)
  const receiverUrl = `http://127.0.0.1:${receiver.port}/v1/webhooks/description-service`
  const startRelay = (env: Record<string, string>) =>
    start('../../../../../packages/relay/src/cli.ts', { WEBHOOK_URL: receiverUrl, ...env }, [
      'serve',
      '--port',
      '0',
      '--shutdown-timeout',
      '1s',
    ])
  const copies = <T>(run: () => Promise<T>): Promise<T[]> =>
    Promise.all(Array.from({ length: of.copies }, run))
  const deliver = async (): Promise<void> => {
    if (!of.isPython) await startRelay({ RELAY_OUTBOX: of.url, RELAY_SCHEMA: schema })
    else {
      const env = { WEBHOOK_OUTBOX: of.url, WEBHOOK_URL: receiverUrl, ADMIN_API_KEY: adminKey }
      processes.push(startPythonDeliver(ending, schema, env))
    }
  }
  const path = join(of.folder, 'http.db')
  const [relay] = await Promise.all([
    startRelay({ RELAY_OUTBOX: path }),
    copies(deliver),
    start('../programs/worker-main.ts', {}),
  ])
  const http: Way = {
    name: 'http',
    producer: startProducer(
      'failover_http',
      () => JSON.parse(relay.firstLine).url,
      pauseMs,
      () => of.tenant('http'),
    ),
    records: () => openSqliteOutboxRecords({ path }),
  }
  const outbox: Way = {
    name: 'outbox',
    producer: startProduct({ pool: of.productPool }, schema, {
      pauseMs,
      tenant: () => of.tenant('outbox'),
      id: olderId,
    }),
    records: () => openPostgresOutboxRecords({ pool: of.pool, schema }),
  }
  const ways = [http, outbox]
  if (findNatsServer() !== undefined) {
    const broker = await startNatsServer()
    ending.defer(() => broker.stop())
    const env = { NATS_URL: broker.url, ROUND: stream, REPLICAS: '1' }
    await copies(() => start('../programs/consumer-main.ts', env))
    ways.push(startStreamWay(ending, { servers: broker.url, ...of, tenant: () => of.tenant('stream') }))
  }
  for (const { producer } of ways) ending.defer(() => producer.cancel())
  return { receiverUrl, ways, processes }
}

const schema = 'failover_outbox'
const stream = 'failover_stream'

const startStreamWay = (
  ending: AsyncDisposableStack,
  { servers, folder, tenant }: { servers: string; folder: string; tenant(): string },
): Way => {
  const path = join(folder, 'stream.db')
  const emitter = createEmitter({
    transport: jetStream({ servers, stream, prefix: stream, replicas: 1, sealingKey: false }),
    timeoutMs: 2000,
    outbox: createSqliteOutbox({ path }),
    logger: { debug() {}, info() {}, warn() {}, error() {} },
  })
  ending.defer(async () => void (await emitter.close({ timeoutMs: 1000 })))
  const producer = runProducer(async (told, isStopped) => {
    for (let number = 0; !isStopped(); number += 5) {
      const events = Array.from({ length: 5 }, (_, index) => scanCompleted(stream, number + index, tenant()))
      for (const { tenantId, occurredAt, payload } of events) {
        const { eventId, status } = await emitter.emit(
          'scan.completed',
          { tenantId, ...payload },
          { occurredAt, eventId: olderId() },
        )
        if (status === 'accepted') told.push(eventId)
      }
      await delay(pauseMs / 2)
    }
  })
  return { name: 'stream', producer, records: () => openSqliteOutboxRecords({ path }) }
}
