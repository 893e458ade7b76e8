import { join } from 'node:path'
import { openSqliteOutboxRecords } from '@altcontext/webhook-emitter/sqlite'
import type { FaultBench, RelayProcess, StartRelayOptions } from '../bench/fault-bench.ts'
import { waitUntil } from '../bench/wait-until.ts'
import { type RoundOutcome, readOutbox } from '../scenario.ts'
import { startProducer } from './start-producer.ts'
import { watchLedger } from './watch-ledger.ts'

export interface RelayFault {
  relay: RelayProcess
  /** The relay's outbox, a SQLite file. */
  path: string
  /** Starts the relay again after it was killed, on the same file. */
  restart(): Promise<void>
}

/**
 * A relay on a SQLite file, to which a producer posts before, during and after the fault. When `fault` resolves, all is
 * healed, and the outbox is empty within `recoveryTimeoutMs`.
 */
export const withRelay = async (
  bench: FaultBench,
  round: string,
  { recoveryTimeoutMs, ...options }: StartRelayOptions & { recoveryTimeoutMs?: number },
  fault: (context: RelayFault) => Promise<void>,
): Promise<RoundOutcome> => {
  const path = join(bench.folder, `${round}.db`)
  const start = () => bench.startRelay({ ...options, env: { RELAY_OUTBOX: path, ...options.env } })
  let relay = await start()
  const watch = watchLedger(() => openSqliteOutboxRecords({ path }))
  const producer = startProducer(round, () => relay.url)
  const records = openSqliteOutboxRecords({ path })
  try {
    await producer.begun()
    await fault({
      relay,
      path,
      restart: async () => {
        relay = await start()
      },
    })
    const told = await producer.stop()
    await waitUntil(
      'the outbox is empty',
      async () => (await records.counts()).pending === 0,
      recoveryTimeoutMs,
    )
    await watch.stop()
    await relay.kill('SIGTERM')
    return { told, outbox: await readOutbox(records) }
  } catch (error) {
    // Nothing of a failed round may keep the suite from its end: the producer would post for ever.
    await relay.kill()
    producer.cancel()
    await watch.stop().catch(() => {})
    throw error
  }
}
