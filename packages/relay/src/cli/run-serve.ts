import type { AnyContract } from '@altcontext/webhook-contract'
import { stopSignal } from '@altcontext/webhook-contract/command-line'
import type { EventTransport } from '@altcontext/webhook-emitter'
import { createLogger } from '../create-logger.ts'
import { createRelay } from '../create-relay.ts'
import type { RelayEnvironment, RelayOptions } from '../relay-options.ts'
import { noteRunningRelay } from './running-relay.ts'

export interface ServeContext {
  env: RelayEnvironment
  contract: AnyContract
  /** What carries the events, if it is not HTTP. */
  transport: EventTransport | undefined
}

/** Serves until SIGTERM or SIGINT, then finishes events or keeps them in the outbox. A second signal ends it at once; nothing is lost. */
export const runServe = async (
  options: RelayOptions,
  { env, contract, transport }: ServeContext,
): Promise<void> => {
  const logger = createLogger(options.logLevel)
  const relay = await createRelay(options, { contract, logger, transport })
  const forget = noteRunningRelay(options.outbox, env)
  // Before the log says that it runs, because whoever reads that may stop it.
  const stopped = stopSignal()
  const { outbox, carrier } = options
  logger.info({ url: `${relay.url}/events`, outbox: outbox.kind, carrier }, 'The relay takes events')
  const signal = await stopped
  logger.info({ signal }, 'The relay is stopping')
  // Something that hangs all the same, such as a database that does not respond, must not keep the process running.
  setTimeout(() => {
    logger.error('The relay did not stop in time and is ended; pending events are kept in the outbox')
    process.exit(1)
  }, options.shutdownTimeoutMs + graceMs).unref()
  const { pending } = await relay.close()
  forget()
  logger.info({ pending }, 'The relay has stopped; pending events are kept in the outbox')
}

const graceMs = 2000
