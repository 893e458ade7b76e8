import { openPostgresOutboxRecords } from '@altcontext/webhook-emitter/postgres'
import type { FaultBench, RelayProcess } from '../bench/fault-bench.ts'
import { type RoundOutcome, readOutbox } from '../scenario.ts'
import { startProduct } from './start-product.ts'
import { waitForRecovery } from './wait-for-recovery.ts'
import { waitUntilEmpty } from './wait-until-empty.ts'
import { watchLedger } from './watch-ledger.ts'

export interface PostgresOutboxFault {
  relays: readonly [RelayProcess, RelayProcess]
  /** The ids of the events that the product was told are accepted, so far. */
  told: readonly string[]
}

/**
 * Two relays on one PostgreSQL outbox (the schema has the round's name), into which a product emits in transactions. When
 * `fault` resolves, everything is repaired: events that are accepted from then on are stored within one time-out, and the outbox is empty
 * when the leases of killed relays have ended. `fault` may resolve with the ids of events that others were told are accepted.
 *
 * @param outboxUrl how the relays reach the database
 * @param loadPauseMs how long each of three lanes of the product waits between two transactions, and the watch of the ledger between two reads
 */
export const withPostgresOutbox = async (
  bench: FaultBench,
  round: string,
  { outboxUrl, loadPauseMs }: { outboxUrl: string; loadPauseMs?: number },
  fault: (context: PostgresOutboxFault) => Promise<readonly string[] | undefined>,
): Promise<RoundOutcome> => {
  const env = { RELAY_OUTBOX: outboxUrl, RELAY_SCHEMA: round }
  const relays = await Promise.all([bench.startRelay({ env }), bench.startRelay({ env })])
  const open = () => openPostgresOutboxRecords({ pool: bench.pool, schema: round })
  const watch = watchLedger(open, loadPauseMs)
  const product = startProduct(bench, round, { pauseMs: loadPauseMs })
  try {
    await product.begun()
    const others = await fault({ relays, told: product.told })
    await waitForRecovery(bench, product.told)
    const told = [...(await product.stop()), ...(others ?? [])]
    const records = open()
    await waitUntilEmpty(records)
    await watch.stop()
    await Promise.all(relays.map((relay) => relay.kill()))
    return { told, outbox: await readOutbox(records) }
  } catch (error) {
    // A failed round must not keep the suite from ending: the product would emit for ever.
    product.cancel()
    await watch.stop().catch(() => {})
    throw error
  }
}
