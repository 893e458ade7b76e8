import { openPostgresOutboxRecords } from '@altcontext/webhook-emitter/postgres'
import type { FaultBench, RelayProcess } from '../bench/fault-bench.ts'
import { waitUntil } from '../bench/wait-until.ts'
import { type RoundOutcome, readOutbox } from '../scenario.ts'
import { startProduct } from './start-product.ts'
import { watchLedger } from './watch-ledger.ts'

/** Two relays on one PostgreSQL outbox (the schema has the round's name), into which a product emits in transactions. */
export const withPostgresOutbox = async (
  bench: FaultBench,
  round: string,
  fault: (relays: readonly [RelayProcess, RelayProcess]) => Promise<void>,
): Promise<RoundOutcome> => {
  const env = { RELAY_OUTBOX: bench.postgres.url, RELAY_SCHEMA: round }
  const relays = await Promise.all([bench.startRelay({ env }), bench.startRelay({ env })])
  const records = openPostgresOutboxRecords({ pool: bench.pool, schema: round })
  const watch = watchLedger(() => records)
  const product = startProduct(bench, round)
  await product.begun()
  await fault(relays)
  const told = await product.stop()
  await waitUntil('the outbox is empty', async () => (await records.counts()).pending === 0)
  await watch.stop()
  await Promise.all(relays.map((relay) => relay.kill('SIGKILL')))
  return { told, outbox: await readOutbox(records) }
}
