import { applyLedgerChange, type LedgerChange, toOutboxCounts } from '../durable/outbox-ledger.ts'
import type { OutboxCounts } from '../outbox.ts'
import type { PostgresOutboxNames } from './migrations.ts'
import type { PostgresPool } from './pool.ts'

/**
 * The ledger as this process knows it: the database's, read from time to time, and its own changes since. `accepted` is
 * what the other numbers add up to: a counter of its own would make the product's transactions wait for each other.
 */
export interface PostgresLedger {
  counts(): OutboxCounts
  /** Runs a statement and applies what it has changed. None runs while the ledger is read, so nothing counts twice. */
  change<Result>(run: () => Promise<{ result: Result; changes: LedgerChange }>): Promise<Result>
  /** Reads the ledger, unless that was done so lately that it would cost more than a tenth of the time. */
  refresh(): Promise<void>
}

const maxShareOfTime = 0.1

export const createPostgresLedger = (pool: PostgresPool, names: PostgresOutboxNames): PostgresLedger => {
  let counts = toOutboxCounts(new Map(), 0)
  let running = 0
  let onNoneRunning: (() => void) | undefined
  let reading: Promise<void> | undefined
  let nextReadMs = 0

  const read = async (): Promise<void> => {
    if (running > 0) {
      await new Promise<void>((resolve) => {
        onNoneRunning = resolve
      })
    }
    const startMs = performance.now()
    counts = await readPostgresCounts(pool, names)
    const endMs = performance.now()
    nextReadMs = endMs + (endMs - startMs) / maxShareOfTime
  }

  return {
    counts: () => ({ ...counts, dropped: { ...counts.dropped } }),

    async change(run) {
      while (reading !== undefined) await reading.catch(() => {})
      running += 1
      try {
        const { result, changes } = await run()
        const next = applyLedgerChange(counts, changes)
        // Settled here, but inserted by SQL since the ledger was read.
        const unknown = Math.max(0, -next.pending)
        counts = { ...next, accepted: next.accepted + unknown, pending: next.pending + unknown }
        return result
      } finally {
        running -= 1
        if (running === 0) onNoneRunning?.()
      }
    },

    async refresh() {
      if (performance.now() < nextReadMs) return
      reading ??= read().finally(() => {
        reading = undefined
      })
      await reading
    },
  }
}

export const readPostgresCounts = async (
  pool: PostgresPool,
  { events, ledger }: PostgresOutboxNames,
): Promise<OutboxCounts> => {
  const { rows } = await pool.query(
    `SELECT counter, sum(events)::float8 AS events FROM ${ledger} GROUP BY counter
     UNION ALL SELECT 'pending', count(*)::float8 FROM ${events} WHERE state = 'pending'`,
  )
  const counters = new Map<string, number>(rows.map((row) => [row.counter, row.events]))
  const pending = counters.get('pending') ?? 0
  counters.delete('pending')
  const accepted = [...counters.values()].reduce((sum, events) => sum + events, pending)
  return toOutboxCounts(counters.set('accepted', accepted), pending)
}
