import type { IdRange } from '@altcontext/webhook-contract'
import { afterThisTurn } from '../delivery/after-this-turn.ts'
import type { OutboxCompleteness } from '../outbox/durable/outbox-completeness.ts'

/** Hashing so many ids takes some tens of milliseconds, in which the process does nothing else. */
const pageIds = 5000

/** The delivered ids of a range, in order, in pages. Between two of them the process has its turn. */
export async function* readDeliveredIds(
  outbox: Pick<OutboxCompleteness, 'deliveredIds'>,
  { from, to }: IdRange,
): AsyncGenerator<string[]> {
  let start = from
  for (;;) {
    const ids = await outbox.deliveredIds({ from: start, to }, pageIds + 1)
    // The first id of the next page is where this one ends.
    const next = ids.length > pageIds ? ids.pop() : undefined
    yield ids
    if (next === undefined) return
    start = next
    await new Promise<void>(afterThisTurn)
  }
}
