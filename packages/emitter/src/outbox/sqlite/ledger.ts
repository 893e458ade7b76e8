import { applyLedgerChange, type LedgerChange, toOutboxCounts } from '../durable/outbox-ledger.ts'
import type { OutboxCounts } from '../outbox.ts'
import type { SqliteDatabase } from './database.ts'

/** The counters of the file. They outlive the rows that they count. */
export interface SqliteLedger {
  counts(): OutboxCounts
  /** Inside the transaction that changes the rows. */
  store(change: LedgerChange): void
  /** After its commit. */
  note(change: LedgerChange): void
  /** Looks whether another process has changed the file since. */
  hasChanged(): boolean
  reload(): void
}

export const createSqliteLedger = ({ db }: SqliteDatabase): SqliteLedger => {
  const add = db.prepare(
    'INSERT INTO ledger VALUES (?, ?) ON CONFLICT (counter) DO UPDATE SET events = events + excluded.events',
  )
  const readCounters = db.prepare('SELECT counter, events FROM ledger')
  const countPending = db.prepare("SELECT count(*) AS pending FROM events WHERE state = 'pending'")
  const dataVersion = db.prepare('PRAGMA data_version')
  const readVersion = (): number => (dataVersion.get() as { data_version: number }).data_version

  const read = (): OutboxCounts => {
    const rows = readCounters.all() as { counter: string; events: number }[]
    const { pending } = countPending.get() as { pending: number }
    return toOutboxCounts(new Map(rows.map(({ counter, events }) => [counter, events])), pending)
  }
  let version = readVersion()
  let counts = read()

  return {
    counts: () => ({ ...counts, dropped: { ...counts.dropped } }),
    store(change) {
      for (const [counter, events] of Object.entries(change)) if (events !== 0) add.run(counter, events)
    },
    note(change) {
      counts = applyLedgerChange(counts, change)
    },
    hasChanged: () => readVersion() !== version,
    reload() {
      version = readVersion()
      counts = read()
    },
  }
}
