import { createFailureLog, type EmitterLogger } from '@altcontext/webhook-emitter'
import { type Broker, connectBroker } from '../broker/connect-broker.ts'
import { pause } from '../broker/pause.ts'
import { type ConsumerOptions, resolveConsumerOptions } from './consumer-options.ts'
import { workOnMessages } from './work-on-messages.ts'

/** Takes events from the stream into a database. */
export interface EventConsumer {
  /** Counts of its receipts since it was created. */
  stats(): Readonly<ConsumerStats>
  /**
   * Takes no more messages, finishes those it has within `timeoutMs` (10_000 by default) and gives the rest back to the broker. Nothing
   * is lost either way.
   */
  close(options?: { timeoutMs?: number | undefined }): Promise<void>
  /** Resolves when it has ended. Only `close()` ends it. */
  ended: Promise<void>
}

export interface ConsumerStats {
  stored: number
  duplicate: number
  invalid: number
  retry: number
  /** Messages of the stream that are not events. */
  foreign: number
}

const reconnectMs = 1000
const defaultCloseMs = 10_000

/**
 * Starts a consumer: a durable pull consumer that writes events as the receiver's routes do, sends each event's receipt to its producer and
 * acknowledges after the commit. Any number may run, on any number of machines. It waits for a broker that is unavailable, and
 * creates its streams again if they are gone.
 *
 * @throws {StreamError} `invalid_options`, naming every problem
 *
 * @example
 * const consumer = createConsumer({ servers: 'nats://127.0.0.1:4222', database: fromPg(pool), openingKeys: [privateKey] })
 */
export const createConsumer = (options: ConsumerOptions): EventConsumer => {
  const resolved = resolveConsumerOptions(options)
  const logger = resolved.logger ?? consoleLogger
  const failures = createFailureLog((details) =>
    logger.error(details, 'Failed to read the stream; it will be tried again'),
  )
  const stats: ConsumerStats = { stored: 0, duplicate: 0, invalid: 0, retry: 0, foreign: 0 }
  const stopping = new AbortController()
  const hurrying = new AbortController()

  const connect = async (): Promise<Broker | undefined> => {
    while (!stopping.signal.aborted) {
      try {
        return await connectBroker(resolved, `webhook consumer ${resolved.durable}`)
      } catch (error) {
        failures.note(error, { operation: 'connect', detail: (error as Error).message })
        await pause(reconnectMs, stopping.signal)
      }
    }
    return undefined
  }

  const run = async (): Promise<void> => {
    for (;;) {
      const broker = await connect()
      if (broker === undefined) return
      await workOnMessages(broker, {
        options: resolved,
        stats,
        logger,
        failures,
        stopping: stopping.signal,
        hurrying: hurrying.signal,
      })
      // Acknowledgements may still be in flight.
      await Promise.race([broker.connection.drain().catch(() => {}), pause(reconnectMs)])
      await broker.connection.close()
    }
  }
  const ended = run().finally(() => failures.flush())

  return {
    stats: () => ({ ...stats }),
    ended,
    async close({ timeoutMs = defaultCloseMs } = {}) {
      stopping.abort()
      const timer = setTimeout(() => hurrying.abort(), timeoutMs)
      await ended
      clearTimeout(timer)
    },
  }
}

const write = (details: object, message: string): void => {
  console.error(`webhook-stream: ${message} ${JSON.stringify(details)}`)
}

const consoleLogger: EmitterLogger = { debug() {}, info() {}, warn: write, error: write }
