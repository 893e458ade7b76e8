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

/** A relay on a SQLite file, to which a producer posts before, during and after the fault. */
export const withRelay = async (
  bench: FaultBench,
  round: string,
  options: StartRelayOptions,
  fault: (context: RelayFault) => Promise<void>,
): Promise<RoundOutcome> => {
  const path = join(bench.folder, `${round}.db`)
  const start = () => bench.startRelay({ ...options, env: { RELAY_OUTBOX: path, ...options.env } })
  let relay = await start()
  const watch = watchLedger(() => openSqliteOutboxRecords({ path }))
  const producer = startProducer(round, () => relay.url)
  await producer.begun()
  await fault({
    relay,
    path,
    restart: async () => {
      relay = await start()
    },
  })
  const told = await producer.stop()
  const records = openSqliteOutboxRecords({ path })
  await waitUntil('the outbox is empty', async () => (await records.counts()).pending === 0)
  await watch.stop()
  await relay.kill('SIGTERM')
  return { told, outbox: await readOutbox(records) }
}
