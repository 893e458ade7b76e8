import { join } from 'node:path'
import { openSqliteOutboxRecords } from '@altcontext/webhook-emitter/sqlite'
import type { FaultBench } from '../bench/fault-bench.ts'
import type { RunningProcess } from '../bench/start-process.ts'
import { type RoundOutcome, readOutbox } from '../scenario.ts'
import { watchLedger } from './watch-ledger.ts'

/**
 * A product with a SQLite outbox, which emits as fast as it can until the fault has ended it; then another process
 * delivers the remaining events.
 *
 * @param fault resolves with the events that the product was told are accepted, when its process has ended
 */
export const withSender = async (
  bench: FaultBench,
  round: string,
  env: Record<string, string>,
  fault: (sender: RunningProcess) => Promise<readonly string[]>,
): Promise<RoundOutcome> => {
  const path = join(bench.folder, `${round}.db`)
  const sender = await bench.startSender({ OUTBOX: path, ROUND: round, MODE: 'emit', ...env })
  const watch = watchLedger(() => openSqliteOutboxRecords({ path }))
  try {
    const told = await fault(sender)
    const drain = await bench.startSender({ OUTBOX: path, ROUND: round, MODE: 'drain' })
    const code = await drain.ended()
    if (code !== 0)
      throw new Error(`The sender could not deliver the remaining events (${code}): ${drain.errors()}`)
    await watch.stop()
    return { told, outbox: await readOutbox(openSqliteOutboxRecords({ path })) }
  } catch (error) {
    await watch.stop().catch(() => {})
    throw error
  }
}
