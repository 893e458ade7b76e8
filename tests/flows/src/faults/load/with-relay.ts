import { join } from 'node:path'
import { openSqliteOutboxRecords } from '@altcontext/webhook-emitter/sqlite'
import type { FaultBench, RelayProcess, StartRelayOptions } from '../bench/fault-bench.ts'
import { type RoundOutcome, readOutbox } from '../scenario.ts'
import { startProducer } from './start-producer.ts'
import { waitForRecovery } from './wait-for-recovery.ts'
import { waitUntilEmpty } from './wait-until-empty.ts'
import { watchLedger } from './watch-ledger.ts'

export interface RelayFault {
  /** The relay that was started last. */
  readonly relay: RelayProcess
  /** The relay's outbox, a SQLite file. */
  path: string
  /** The ids of the events that the producer was told are accepted, so far. */
  told: readonly string[]
  /** Starts the relay again after it has ended, on the same file; with other options where `changes` has them. */
  restart(changes?: StartRelayOptions): Promise<void>
}

/**
 * A relay on a SQLite file, to which a producer posts before, during and after the fault. When `fault` resolves, everything is
 * repaired: events that are accepted from then on are stored within one time-out, and the outbox is empty within `recoveryTimeoutMs`.
 * `fault` may resolve with the ids of events that others were told are accepted. A fault that mostly waits gives `loadPauseMs`, how long each of
 * four posters waits between two posts, and the watch of the ledger between two reads, so that they do not take a processor for all that time.
 */
export const withRelay = async (
  bench: FaultBench,
  round: string,
  {
    recoveryTimeoutMs,
    loadPauseMs,
    ...options
  }: StartRelayOptions & { recoveryTimeoutMs?: number; loadPauseMs?: number },
  fault: (context: RelayFault) => Promise<readonly string[] | undefined>,
): Promise<RoundOutcome> => {
  const path = join(bench.folder, `${round}.db`)
  const start = (changes: StartRelayOptions = {}) => {
    const { env, ...rest } = { ...options, ...changes }
    return bench.startRelay({ ...rest, env: { RELAY_OUTBOX: path, ...env } })
  }
  let relay = await start()
  const watch = watchLedger(() => openSqliteOutboxRecords({ path }), loadPauseMs)
  const producer = startProducer(round, () => relay.url, loadPauseMs)
  try {
    await producer.begun()
    const others = await fault({
      get relay() {
        return relay
      },
      path,
      told: producer.told,
      restart: async (changes) => {
        relay = await start(changes)
      },
    })
    await waitForRecovery(bench, producer.told)
    const told = [...(await producer.stop()), ...(others ?? [])]
    const records = openSqliteOutboxRecords({ path })
    await waitUntilEmpty(records, recoveryTimeoutMs)
    await watch.stop()
    await relay.kill('SIGTERM')
    return { told, outbox: await readOutbox(records) }
  } catch (error) {
    // A failed round must not keep the suite from ending: the producer would post for ever.
    await relay.kill().catch(() => {})
    producer.cancel()
    await watch.stop().catch(() => {})
    throw error
  }
}
