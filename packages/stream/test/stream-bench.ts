import { randomUUID } from 'node:crypto'
import { findNatsServer, type NatsNode, startNatsServer } from '@altcontext/nats-server'
import { createTestDatabase, type TestDatabase } from '@altcontext/test-database'
import {
  type AttemptReport,
  createEmitter,
  type Emitter,
  type TransportEmitterOptions,
} from '@altcontext/webhook-emitter'
import { fromPg } from '@altcontext/webhook-store'
import {
  type ConsumerOptions,
  createConsumer,
  createSealingKeys,
  type EventConsumer,
  type JetStreamOptions,
  jetStream,
  type SealingKey,
} from '@altcontext/webhook-stream'
import { connect, type NatsConnection } from '@nats-io/transport-node'
import { afterAll, afterEach, beforeAll, vi } from 'vitest'

/** Says plainly what is missing where the machine has no broker. */
export const hasNatsServer = (): boolean => {
  if (findNatsServer() !== undefined) return true
  console.warn('Left out: this machine has no nats-server.')
  return false
}

/** Waits for what happens soon, on however busy a machine. */
export const eventually = <T>(check: () => T | Promise<T>): Promise<T> =>
  vi.waitFor(check, { timeout: 60_000, interval: 50 })

export const scan = (jobId = 'job-1', tenantId = 'tenant-1') => ({
  tenantId,
  jobId,
  mediaCount: 20,
  identitiesDetected: 63,
  durationMs: 3200,
})

/** A broker and a database for the file; streams of its own for every test, and everything closed after it. */
export const useStream = () => {
  let server: NatsNode & { stop(): Promise<void> }
  let database: TestDatabase
  let keys: { publicKey: SealingKey; privateKey: SealingKey }
  let name = ''
  const closing: (() => Promise<unknown>)[] = []
  beforeAll(async () => {
    ;[server, database, keys] = await Promise.all([
      startNatsServer(),
      createTestDatabase(),
      createSealingKeys(),
    ])
  })
  afterEach(async () => {
    // Emitters first: their events are no longer needed.
    for (const close of closing.splice(0)) await close()
    name = ''
  })
  afterAll(async () => {
    await Promise.all([server?.stop(), database?.drop()])
  })

  const shared = () => {
    name ||= `t${randomUUID().replaceAll('-', '')}`
    return { servers: server.url, stream: name, prefix: name, replicas: 1 }
  }
  return {
    shared,
    get server() {
      return server
    },
    get databaseUrl() {
      return database.url
    },
    get pool() {
      return database.pool
    },
    get keys() {
      return keys
    },
    startEmitter(
      options: Partial<TransportEmitterOptions> = {},
      streamOptions: Partial<JetStreamOptions> = {},
    ): { emitter: Emitter; attempts: AttemptReport[] } {
      const attempts: AttemptReport[] = []
      const emitter = createEmitter({
        transport: jetStream({ ...shared(), sealingKey: keys.publicKey, ...streamOptions }),
        retry: { delaysMs: Array.from({ length: 200 }, () => 50) },
        onAttempt: (report) => attempts.push(report),
        logger: quiet,
        ...options,
      })
      closing.unshift(() => emitter.close({ timeoutMs: 1 }))
      return { emitter, attempts }
    },
    startConsumer(options: Partial<ConsumerOptions> = {}): { consumer: EventConsumer; logs: object[] } {
      const logs: object[] = []
      const log = (details: object, message: string) => logs.push({ ...details, message })
      const consumer = createConsumer({
        ...shared(),
        database: fromPg(database.pool),
        openingKeys: [keys.privateKey],
        logger: { ...quiet, warn: log, error: log },
        ...options,
      })
      closing.push(() => consumer.close({ timeoutMs: 1000 }))
      return { consumer, logs }
    },
    async connect(): Promise<NatsConnection> {
      const connection = await connect({ servers: server.url })
      closing.push(() => connection.close())
      return connection
    },
    async rows(ids: readonly string[]): Promise<Record<string, unknown>[]> {
      const { rows } = await database.pool.query('SELECT * FROM tenant_events WHERE id = ANY($1)', [ids])
      return rows
    },
  }
}

const quiet = { debug() {}, info() {}, warn() {}, error() {} }
