import { printable, stopSignal } from '@altcontext/webhook-contract/command-line'
import { fromPg } from '@altcontext/webhook-store'
import pg from 'pg'
import pino from 'pino'
import { consumerDefaults } from '../consumer/consumer-options.ts'
import { createConsumer } from '../consumer/create-consumer.ts'
import { streamDefaults } from '../stream-options.ts'
import type { ConsumeSettings } from './read-consume-options.ts'

const shutdownMs = 10_000

/** Consumes until SIGTERM or SIGINT, then finishes its messages or gives them back. A second signal ends it at once; nothing is lost. */
export const runConsume = async ({ databaseUrl, logLevel, options }: ConsumeSettings): Promise<void> => {
  const logger = pino(
    { level: logLevel, hooks: { streamWrite: printable } },
    pino.destination({ dest: 1, sync: true }),
  )
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 4, connectionTimeoutMillis: 5000 })
  pool.on('error', (error) => logger.warn({ error: error.name }, 'An idle connection to the database broke'))
  // Before the log says that it runs, because whoever reads that may stop it.
  const stopped = stopSignal()
  const consumer = createConsumer({ ...options, database: fromPg(pool), logger })
  const { stream = streamDefaults.stream, durable = consumerDefaults.durable } = options
  logger.info({ stream, durable }, 'The consumer takes events')
  const signal = await stopped
  logger.info({ signal }, 'The consumer is stopping')
  setTimeout(() => process.exit(1), shutdownMs * 2).unref()
  await consumer.close({ timeoutMs: shutdownMs })
  await pool.end()
  logger.info(consumer.stats(), 'The consumer has stopped')
}
