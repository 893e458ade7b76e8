import type { IdRange } from '@altcontext/webhook-contract'
import { afterThisTurn } from '../delivery/after-this-turn.ts'
import type { OutboxCompleteness } from '../outbox/durable/outbox-completeness.ts'

/** Hashing this many ids keeps the process busy for some tens of milliseconds. */
const pageIds = 5000

/** The delivered ids of a range, in order, in pages. Between two pages the process can do other work. */
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
