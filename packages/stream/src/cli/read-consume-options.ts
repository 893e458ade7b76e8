import type { AnyContract } from '@altcontext/webhook-contract'
import { loadContract } from '@altcontext/webhook-contract/command-line'
import type { ConsumerOptions } from '../consumer/consumer-options.ts'
import {
  type BrokerFlags,
  problem,
  readBroker,
  readKey,
  readSecrets,
  readText,
  type StreamEnvironment,
} from './read-broker.ts'

export interface ConsumeFlags extends BrokerFlags {
  durable?: string | undefined
  copy?: boolean | undefined
  filter?: string | undefined
  schema?: string | undefined
  contract?: string | undefined
  logLevel?: string | undefined
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
  environment: StreamEnvironment,
): Promise<ConsumeSettings> => {
  const env = readSecrets(environment)
  const logLevel = readText(env, 'LOG_LEVEL', flags.logLevel) ?? 'info'
  if (!logLevels.includes(logLevel))
    throw problem(`LOG_LEVEL is "${logLevel}", expected one of ${logLevels.join(', ')}`)
  const keys = readText(env, 'STREAM_OPENING_KEYS')
  return {
    databaseUrl: readDatabaseUrl(env),
    logLevel,
    options: {
      ...readBroker(flags, env),
      durable: readText(env, 'STREAM_DURABLE', flags.durable),
      receipts: !(flags.copy ?? false),
      filter: readText(env, 'STREAM_FILTER', flags.filter),
      schema: readText(env, 'STREAM_SCHEMA', flags.schema),
      contract: await readContract(readText(env, 'STREAM_CONTRACT', flags.contract)),
      openingKeys: keys?.split(',').map((path) => readKey('STREAM_OPENING_KEYS', path.trim(), 'private')),
    },
  }
}

const readDatabaseUrl = (env: StreamEnvironment): string => {
  const given = readText(env, 'DATABASE_URL')
  if (given === undefined) throw problem('DATABASE_URL is missing, expected postgres://user@host/database')
  if (!/^postgres(ql)?:\/\//.test(given)) {
    throw problem('DATABASE_URL is not an address of PostgreSQL, expected postgres://user@host/database')
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
