import type { AnyContract } from '@altcontext/webhook-contract'
import { loadContract } from '@altcontext/webhook-contract/command-line'
import type { ConsumerOptions } from '../consumer/consumer-options.ts'
import { problem, readBroker, readFile, readKey, readText, type StreamEnvironment } from './read-broker.ts'

/** Text as it comes from flags; what is missing is taken from the environment. */
export interface ConsumeFlags {
  nats?: string
  stream?: string
  prefix?: string
  durable?: string
  filter?: string
  replicas?: string
  schema?: string
  contract?: string
  logLevel?: string
}

export interface ConsumeSettings {
  databaseUrl: string
  logLevel: string
  options: Omit<ConsumerOptions, 'database' | 'logger'>
}

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']

/** @throws {StreamError} `invalid_options` */
export const readConsumeOptions = async (
  flags: ConsumeFlags,
  env: StreamEnvironment,
): Promise<ConsumeSettings> => {
  const logLevel = readText(env, 'LOG_LEVEL', flags.logLevel) ?? 'info'
  if (!logLevels.includes(logLevel))
    throw problem(`LOG_LEVEL is "${logLevel}", expected one of ${logLevels.join(', ')}`)
  const replicas = readText(env, 'STREAM_REPLICAS', flags.replicas)
  const keys = readText(env, 'STREAM_OPENING_KEYS')
  return {
    databaseUrl: readDatabaseUrl(env),
    logLevel,
    options: {
      ...readBroker(env, flags.nats),
      stream: readText(env, 'STREAM_NAME', flags.stream),
      prefix: readText(env, 'STREAM_PREFIX', flags.prefix),
      durable: readText(env, 'STREAM_DURABLE', flags.durable),
      filter: readText(env, 'STREAM_FILTER', flags.filter),
      schema: readText(env, 'STREAM_SCHEMA', flags.schema),
      replicas: replicas === undefined ? undefined : Number(replicas),
      contract: await readContract(readText(env, 'STREAM_CONTRACT', flags.contract)),
      openingKeys: keys?.split(',').map((path) => readKey('STREAM_OPENING_KEYS', path.trim(), 'private')),
    },
  }
}

const readDatabaseUrl = (env: StreamEnvironment): string => {
  const file = readText(env, 'DATABASE_URL_FILE')
  const url = readText(env, 'DATABASE_URL')
  if (file !== undefined && url !== undefined) {
    throw problem('DATABASE_URL and DATABASE_URL_FILE are given, expected one of them')
  }
  const given =
    file === undefined ? url : new TextDecoder().decode(readFile('DATABASE_URL_FILE', file)).trim()
  if (given === undefined) throw problem('DATABASE_URL is missing, expected postgres://user@host/database')
  if (!/^postgres(ql)?:\/\//.test(given)) {
    throw problem('DATABASE_URL is no address of PostgreSQL, expected postgres://user@host/database')
  }
  return given
}

const readContract = async (file: string | undefined): Promise<AnyContract> => {
  try {
    return await loadContract(file)
  } catch (error) {
    throw problem(`the contract cannot be read, ${error instanceof Error ? error.message : String(error)}`)
  }
}
