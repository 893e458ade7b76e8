import type { OutboxCounts } from '@altcontext/webhook-emitter'
import type { RoundOutcome } from '../scenario.ts'
import type { WayOutcome } from './measure-failover.ts'

/** The outcomes of all ways, combined into one that is judged. */
export const combineWays = (ways: readonly WayOutcome[]): RoundOutcome => ({
  told: ways.flatMap(({ told }) => [...told]),
  stored: ways.flatMap(({ stored }) => stored),
  outbox: {
    counts: ways.map(({ outbox }) => outbox.counts).reduce(add),
    states: new Map(ways.flatMap(({ outbox }) => [...outbox.states])),
  },
})

const add = (one: OutboxCounts, other: OutboxCounts): OutboxCounts => ({
  accepted: one.accepted + other.accepted,
  delivered: one.delivered + other.delivered,
  duplicate: one.duplicate + other.duplicate,
  pending: one.pending + other.pending,
  dead: one.dead + other.dead,
  dropped: { ...one.dropped, ...other.dropped },
})
