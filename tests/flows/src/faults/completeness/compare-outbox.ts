import { type ReconcileReport, reconcileOutbox, resolveEmitterOptions } from '@altcontext/webhook-emitter'
import type { OutboxRecords } from '@altcontext/webhook-emitter/sqlite'
import { adminKey } from '../bench/fault-bench.ts'

/** One reconciliation of an outbox, while other processes deliver from it. */
export const compareOutbox = async (open: () => OutboxRecords, url: string): Promise<ReconcileReport> => {
  const records = open()
  try {
    return await reconcileOutbox(records.completeness, resolveEmitterOptions({ url, adminKey }))
  } finally {
    await records.close()
  }
}

/** Compares two lists of ids in any order. @throws with the ids that are too many and those that are missing */
export const expectIds = (what: string, found: readonly string[], expected: readonly string[]): void => {
  const [foundSet, expectedSet] = [new Set(found), new Set(expected)]
  const surplus = found.filter((id) => !expectedSet.has(id))
  const missed = expected.filter((id) => !foundSet.has(id))
  if (surplus.length + missed.length === 0) return
  throw new Error(
    `${what}: ${surplus.length} too many (${surplus.slice(0, 3).join(' ')}), ${missed.length} not found (${missed.slice(0, 3).join(' ')})`,
  )
}
