import { type LedgerChange, toOutboxCounts } from '../durable/outbox-ledger.ts'
import type { OutboxCounts } from '../outbox.ts'
import type { SqliteDatabase } from './database.ts'

/** The counters of the file. They outlive the rows that they count. */
export interface SqliteLedger {
  read(): OutboxCounts
  /** Called inside the transaction that changes the rows. */
  store(change: LedgerChange): void
  /** Whether another connection has changed the file since the ledger was last read. */
  hasChanged(): boolean
}

export const createSqliteLedger = ({ db }: SqliteDatabase): SqliteLedger => {
  const add = db.prepare(
    'INSERT INTO ledger VALUES (?, ?) ON CONFLICT (counter) DO UPDATE SET events = events + excluded.events',
  )
  // One statement, so one snapshot.
  const readCounters = db.prepare(
    `SELECT counter, events FROM ledger
     UNION ALL SELECT 'pending', count(*) FROM events WHERE state = 'pending'`,
  )
  const dataVersion = db.prepare('PRAGMA data_version')
  const readVersion = (): number => (dataVersion.get() as { data_version: number }).data_version
  let version = readVersion()

  return {
    read() {
      version = readVersion()
      const rows = readCounters.all() as { counter: string; events: number }[]
      const counters = new Map(rows.map(({ counter, events }) => [counter, events]))
      return toOutboxCounts(counters, counters.get('pending') ?? 0)
    },
    store(change) {
      for (const [counter, events] of Object.entries(change)) if (events !== 0) add.run(counter, events)
    },
    hasChanged: () => readVersion() !== version,
  }
}
