import type { AnyContract } from '@altcontext/webhook-contract'
import type { EventTransport } from '@altcontext/webhook-emitter'
import { invalidOptions } from '../relay-error.ts'
import type { RelayEnvironment } from '../relay-options.ts'

type StreamPackage = typeof import('@altcontext/webhook-stream')

/**
 * NATS JetStream as the transport of events, from a package that is installed only where it is wanted.
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
    throw invalidOptions(
      'Failed to start the relay: NATS_URL or --nats is given, but the package @altcontext/webhook-stream is not installed. Install it next to the relay: npm install --global @altcontext/webhook-stream, without --global in a project.',
    )
  }
}

/** The package itself is missing, and not one of its dependencies. */
const isMissing = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  error.code === 'ERR_MODULE_NOT_FOUND' &&
  error.message.includes("'@altcontext/webhook-stream'")
