import { JetStreamApiError, type JetStreamClient, type JetStreamManager, jetstream } from '@nats-io/jetstream'
import { connect, type NatsConnection, type NodeConnectionOptions } from '@nats-io/transport-node'
import { StreamError } from '../stream-error.ts'
import type { ResolvedStreamOptions } from '../stream-options.ts'
import { createStreams } from './create-streams.ts'

/** A connection to a broker that has the streams. It reconnects by itself, for as long as it takes. */
export interface Broker {
  connection: NatsConnection
  jetstream: JetStreamClient
  manager: JetStreamManager
  /** Runs a request to which any server can respond. If the server does not respond, the connection moves to another one. */
  ask<T>(task: () => Promise<T>): Promise<T>
  /** Creates the streams if they are gone, as after the broker's disks were wiped. Concurrent calls share one run. */
  ensureStreams(): Promise<void>
}

const requestTimeoutMs = 5000

/** @throws {StreamError} `broker_unavailable`, `unauthorized`, `streams_refused` */
export const connectBroker = async (options: ResolvedStreamOptions, name: string): Promise<Broker> => {
  let connection: NatsConnection | undefined
  try {
    connection = await connect({
      name,
      timeout: requestTimeoutMs,
      reconnectTimeWait: 250,
      pingInterval: 5000,
      ...inAddresses(options.servers),
      ...options.connection,
      servers: [...options.servers],
      maxReconnectAttempts: -1,
    })
    const client = jetstream(connection, { timeout: requestTimeoutMs })
    const manager = await client.jetstreamManager(false)
    let running: Promise<void> | undefined
    const open = connection
    const ask = async <T>(task: () => Promise<T>): Promise<T> => {
      const asked = open.getServer()
      try {
        return await task()
      } catch (error) {
        // The server may be cut off from the others, which go on without it.
        if (!isResponse(error) && open.getServer() === asked) await open.reconnect()
        throw error
      }
    }
    const ensureStreams = (): Promise<void> => {
      running ??= ask(() => createStreams(manager, options)).finally(() => {
        running = undefined
      })
      return running
    }
    await tryEachServer(ensureStreams, options.servers.length)
    return { connection, jetstream: client, manager, ask, ensureStreams }
  } catch (error) {
    await connection?.close()
    throw errorOf(error)
  }
}

const tryEachServer = async (task: () => Promise<void>, servers: number): Promise<void> => {
  try {
    await task()
  } catch (error) {
    if (servers <= 1 || isResponse(error)) throw error
    await tryEachServer(task, servers - 1)
  }
}

/** The broker's own refusal, which any of its servers would give; not that of a server that finds no others. */
const isResponse = (error: unknown): boolean => {
  if (error instanceof JetStreamApiError) return error.status !== unavailable
  if (error instanceof StreamError) return error.code !== 'broker_unavailable'
  return error instanceof Error && error.name === 'JetStreamNotEnabled'
}

const unavailable = 503

/** The client reads only the host and port of an address: neither that TLS is wanted nor the user's name and password. */
const inAddresses = (servers: readonly string[]): Omit<NodeConnectionOptions, 'servers'> => {
  const urls = servers.map((server) => new URL(server))
  const named = urls.find(({ username }) => username !== '')
  return {
    ...(urls.some(({ protocol }) => protocol === 'tls:') ? { tls: {} } : {}),
    ...(named === undefined
      ? {}
      : { user: decodeURIComponent(named.username), pass: decodeURIComponent(named.password) }),
  }
}

// A message of the client may contain addresses; one of JetStream's own API says what it lacks.
const errorOf = (cause: unknown): StreamError => {
  const { name, message } = cause instanceof Error ? cause : new Error()
  switch (name) {
    case 'AuthorizationError':
    case 'UserAuthenticationExpiredError':
      return new StreamError(
        'unauthorized',
        'Failed to use the broker: it does not accept the credentials. Correct them.',
        { cause },
      )
    case 'JetStreamNotEnabled':
    case 'JetStreamApiError':
      return new StreamError(
        'streams_refused',
        `Failed to create the streams: the broker responded with "${message}". Correct its settings or the options; with a single server, replicas is 1.`,
        { cause },
      )
    default:
      return new StreamError(
        'broker_unavailable',
        'Failed to use the broker: it cannot be reached. Check whether its servers are running, and whether they require TLS.',
        { cause },
      )
  }
}
