import { type JetStreamClient, type JetStreamManager, jetstream } from '@nats-io/jetstream'
import { connect, type NatsConnection } from '@nats-io/transport-node'
import { StreamError } from '../stream-error.ts'
import type { ResolvedStreamOptions } from '../stream-options.ts'
import { createStreams } from './create-streams.ts'

/** A connection whose streams are there. It reconnects by itself, for as long as it takes. */
export interface Broker {
  connection: NatsConnection
  jetstream: JetStreamClient
  manager: JetStreamManager
  /** Makes the streams if they are gone, which a broker whose disks were wiped needs. One call at a time does the work. */
  ensureStreams(): Promise<void>
}

const requestTimeoutMs = 5000

/** @throws {StreamError} `broker_unavailable` */
export const connectBroker = async (options: ResolvedStreamOptions, name: string): Promise<Broker> => {
  let connection: NatsConnection | undefined
  try {
    connection = await connect({
      name,
      timeout: requestTimeoutMs,
      reconnectTimeWait: 250,
      pingInterval: 5000,
      ...options.connection,
      servers: [...options.servers],
      maxReconnectAttempts: -1,
    })
    const client = jetstream(connection, { timeout: requestTimeoutMs })
    const manager = await client.jetstreamManager(false)
    let running: Promise<void> | undefined
    const ensureStreams = (): Promise<void> => {
      running ??= createStreams(manager, options).finally(() => {
        running = undefined
      })
      return running
    }
    await ensureStreams()
    return { connection, jetstream: client, manager, ensureStreams }
  } catch (error) {
    await connection?.close()
    throw new StreamError(
      'broker_unavailable',
      `Failed to use the broker: ${wordsOf(error)}. See whether its servers run, have JetStream and accept the credentials.`,
      { cause: error },
    )
  }
}

// A message of the client may name addresses; that of the broker's own interface names what it misses.
const wordsOf = (error: unknown): string => {
  if (!(error instanceof Error)) return 'it cannot be reached'
  return error.name === 'JetStreamApiError' ? `it answered "${error.message}"` : error.name
}
