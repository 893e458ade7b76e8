import type { AnyContract } from '@altcontext/webhook-contract'
import type { EventTransport } from '@altcontext/webhook-emitter'
import { RelayError } from '../relay-error.ts'
import type { RelayEnvironment } from '../relay-options.ts'

type StreamPackage = typeof import('@altcontext/webhook-stream')

/**
 * NATS JetStream as the carrier of events, from a package that only those install who want it.
 *
 * @throws {RelayError} `invalid_options` when it is not installed; {StreamError} `invalid_options`
 */
export const loadStream = async (
  flags: Parameters<StreamPackage['readJetStream']>[0],
  env: RelayEnvironment,
  contract: AnyContract,
): Promise<EventTransport> => {
  const { readJetStream } = await importPackage()
  return readJetStream(flags, env, contract)
}

const importPackage = async (): Promise<StreamPackage> => {
  try {
    return await import('@altcontext/webhook-stream')
  } catch (error) {
    if (!isMissing(error)) throw error
    throw new RelayError(
      'invalid_options',
      'Failed to start the relay: NATS_URL or --nats is given, and the package @altcontext/webhook-stream is not installed. Install it where the relay is: npm install --global @altcontext/webhook-stream, without --global in a project.',
    )
  }
}

/** The package itself, and not something that it wants. */
const isMissing = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  error.code === 'ERR_MODULE_NOT_FOUND' &&
  error.message.includes("'@altcontext/webhook-stream'")
