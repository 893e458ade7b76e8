import type { AnyContract } from '@altcontext/webhook-contract'
import type { EventTransport } from '@altcontext/webhook-emitter'
import { hasPrivateFields, jetStream } from '../producer/jet-stream.ts'
import {
  type BrokerFlags,
  problem,
  readBroker,
  readKey,
  readSecrets,
  readText,
  type StreamEnvironment,
} from './read-broker.ts'

export interface JetStreamFlags extends BrokerFlags {
  /** The path of the public key, or `none`. */
  sealingKey?: string | undefined
}

/**
 * The transport for a program that is configured by flags and environment variables, such as `webhook-relay serve --nats`. It reads
 * `NATS_URL`, `NATS_CREDS`, `NATS_USER` and `NATS_PASSWORD`, `NATS_TOKEN`, `STREAM_NAME`, `STREAM_PREFIX`, `STREAM_REPLICAS` and
 * `STREAM_SEALING_KEY`; a flag wins over its variable.
 *
 * @throws {StreamError} `invalid_options`
 */
export const readJetStream = (
  flags: JetStreamFlags,
  environment: StreamEnvironment,
  contract: AnyContract,
): EventTransport => {
  const env = readSecrets(environment)
  const broker = readBroker(flags, env)
  const sealingKey = readText(env, 'STREAM_SEALING_KEY', flags.sealingKey)
  if (sealingKey === undefined && hasPrivateFields(contract)) {
    throw problem(
      'STREAM_SEALING_KEY is missing, and events of the contract have private fields; give the path of the public key that "webhook-stream keys" wrote, or "none" to leave those fields out',
    )
  }
  const isSealed = sealingKey !== undefined && sealingKey !== 'none'
  return jetStream({
    ...broker,
    contract,
    sealingKey: isSealed && readKey('STREAM_SEALING_KEY', sealingKey, 'public'),
  })
}
