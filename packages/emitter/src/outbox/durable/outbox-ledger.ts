import type { DropReason, OutboxCounts } from '../outbox.ts'

/** A counter as it is stored: `accepted`, `delivered`, `duplicate`, `dead`, or `dropped:queue_full` and the like. */
export type LedgerCounter = 'accepted' | 'delivered' | 'duplicate' | 'dead' | `dropped:${DropReason}`
export type LedgerChange = Partial<Record<LedgerCounter, number>>

/** Reads stored counters. */
export const toOutboxCounts = (counters: ReadonlyMap<string, number>, pending: number): OutboxCounts => ({
  accepted: counters.get('accepted') ?? 0,
  delivered: counters.get('delivered') ?? 0,
  duplicate: counters.get('duplicate') ?? 0,
  dead: counters.get('dead') ?? 0,
  pending,
  dropped: Object.fromEntries(
    [...counters]
      .filter(([counter, events]) => counter.startsWith('dropped:') && events > 0)
      .map(([counter, events]) => [counter.slice('dropped:'.length), events]),
  ),
})

/** A snapshot with a change applied: events that the change does not explain are pending. */
export const applyLedgerChange = (counts: OutboxCounts, change: LedgerChange): OutboxCounts => {
  const dropped = { ...counts.dropped }
  let settled = (change.delivered ?? 0) + (change.duplicate ?? 0) + (change.dead ?? 0)
  for (const [counter, events] of Object.entries(change)) {
    if (!counter.startsWith('dropped:')) continue
    const reason = counter.slice('dropped:'.length) as DropReason
    dropped[reason] = (dropped[reason] ?? 0) + events
    settled += events
  }
  return {
    accepted: counts.accepted + (change.accepted ?? 0),
    delivered: counts.delivered + (change.delivered ?? 0),
    duplicate: counts.duplicate + (change.duplicate ?? 0),
    dead: counts.dead + (change.dead ?? 0),
    pending: counts.pending + (change.accepted ?? 0) - settled,
    dropped,
  }
}

export const addToLedger = (change: LedgerChange, counter: LedgerCounter, events = 1): void => {
  change[counter] = (change[counter] ?? 0) + events
}
