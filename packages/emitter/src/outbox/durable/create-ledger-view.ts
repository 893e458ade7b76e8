import type { OutboxCounts } from '../outbox.ts'
import { applyLedgerChange, type LedgerChange } from './outbox-ledger.ts'

/** The ledger as this process knows it: the stored ledger, read from time to time, and its own changes since then. */
export interface LedgerView {
  counts(): OutboxCounts
  /** Runs a statement and applies what it has changed. None runs while the ledger is read, so nothing counts twice. */
  change<Result extends { changes: LedgerChange }>(run: () => Result | Promise<Result>): Promise<Result>
  /** Reads the ledger, unless that was done so recently that it would cost more than a tenth of the time. */
  refresh(): Promise<void>
}

const maxShareOfTime = 0.1

/** `first` is what is known before the ledger is first read. */
export const createLedgerView = (
  first: OutboxCounts,
  readStored: () => OutboxCounts | undefined | Promise<OutboxCounts | undefined>,
): LedgerView => {
  let counts = first
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
    counts = (await readStored()) ?? counts
    const endMs = performance.now()
    nextReadMs = endMs + (endMs - startMs) / maxShareOfTime
  }

  return {
    counts: () => ({ ...counts, dropped: { ...counts.dropped } }),

    async change(run) {
      while (reading !== undefined) await reading.catch(() => {})
      running += 1
      try {
        const result = await run()
        const next = applyLedgerChange(counts, result.changes)
        // Settled here, but inserted elsewhere since the ledger was read.
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
