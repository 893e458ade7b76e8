import type { OutboxCounts } from '@altcontext/webhook-emitter'
import type { OutboxRecordState } from '@altcontext/webhook-emitter/sqlite'
import type { RoundOutcome } from './scenario.ts'

export interface RoundJudgement {
  accepted: number
  stored: number
  /** Accepted and not stored. */
  lost: number
  /** Rows that repeat the job of another row. */
  storedTwice: number
  ledger: OutboxCounts
  /** What is at the broker, where one carried the events. */
  carried?: { messages: number; ids: number } | undefined
  /** Where the ledger differs from a comparison by id; empty when all is well. */
  contradictions: readonly string[]
}

/** An event of the round in the receiver's database. */
export interface StoredEvent {
  id: string
  /** The `jobId` that the product gave it; no two events of a round have the same. */
  job: string
}

/** Compares by id the events that the product was told are accepted, those in the outbox, and the stored ones. */
export const judgeRound = (
  { told, outbox, carried }: RoundOutcome,
  rows: readonly StoredEvent[],
): RoundJudgement => {
  const { counts, states } = outbox
  const stored = new Set(rows.map(({ id }) => id))
  const accepted = new Set([...told, ...states.keys()])
  const contradictions: string[] = []
  const report = (ids: readonly string[], what: string): void => {
    if (ids.length > 0) contradictions.push(`${ids.length} ${what}: ${ids.slice(0, 3).join(' ')}`)
  }

  const ids = [...accepted]
  const isSent = (id: string): boolean => ['delivered', 'duplicate'].includes(states.get(id) ?? '')
  report(
    ids.filter((id) => !states.has(id)),
    'accepted, but not in the outbox',
  )
  report(
    ids.filter((id) => isSent(id) && !stored.has(id)),
    'delivered by the outbox, but not stored',
  )
  report(
    ids.filter((id) => !isSent(id) && stored.has(id)),
    'stored, but not delivered by the outbox',
  )
  report(
    [...stored].filter((id) => !accepted.has(id)),
    'stored, but never accepted',
  )

  const carriedIds = new Set(carried?.messages.map(({ id }) => id))
  if (carried !== undefined) {
    const missing = carried.mayLose ? [] : ids.filter((id) => !carriedIds.has(id))
    report(missing, 'accepted, but not in the stream')
    report(
      [...carriedIds].filter((id) => !accepted.has(id)),
      'in the stream, but never accepted',
    )
    report(
      repeatedOf(carried.messages.map(({ messageId }) => messageId)),
      'message ids that are in the stream twice',
    )
  }

  for (const [state, ledgerEvents] of Object.entries(countsByState(counts))) {
    const events = [...states.values()].filter((each) => each === state).length
    if (events !== ledgerEvents)
      contradictions.push(`the ledger counts ${ledgerEvents} ${state}, but ${events} events are`)
  }
  if (counts.accepted !== states.size)
    contradictions.push(`the ledger counts ${counts.accepted} accepted, but there are ${states.size} events`)

  return {
    accepted: accepted.size,
    stored: stored.size,
    lost: ids.filter((id) => !stored.has(id)).length,
    storedTwice: rows.length - new Set(rows.map(({ job }) => job)).size,
    ledger: counts,
    carried: carried && { messages: carried.messages.length, ids: carriedIds.size },
    contradictions,
  }
}

const repeatedOf = (texts: readonly string[]): string[] => {
  const seen = new Set<string>()
  return texts.filter((text) => seen.size === seen.add(text).size)
}

/** Whether nothing was lost, nothing was stored twice, and the ledger is right. */
export const isTrue = ({ lost, storedTwice, contradictions }: RoundJudgement): boolean =>
  lost === 0 && storedTwice === 0 && contradictions.length === 0

export const countsByState = ({
  delivered,
  duplicate,
  pending,
  dead,
  dropped,
}: OutboxCounts): Record<OutboxRecordState, number> => ({
  delivered,
  duplicate,
  pending,
  dead,
  dropped: Object.values(dropped).reduce((total, events) => total + events, 0),
})

/** `accepted 12 stored 12 lost 0 stored-twice 0` */
export const formatTotals = ({
  accepted,
  stored,
  lost,
  storedTwice,
}: Pick<RoundJudgement, 'accepted' | 'stored' | 'lost' | 'storedTwice'>): string =>
  `accepted ${accepted} stored ${stored} lost ${lost} stored-twice ${storedTwice}`

/** `in the stream 12 ids in 13 messages`, for the events that a broker carried */
export const formatCarried = ({ carried }: Pick<RoundJudgement, 'carried'>): string =>
  carried === undefined ? '' : ` in the stream ${carried.ids} ids in ${carried.messages} messages;`

/** `ledger: delivered 11, duplicate 1, pending 0, dead 0, dropped 0` */
export const formatLedger = (counts: OutboxCounts): string =>
  `ledger: ${Object.entries(countsByState(counts))
    .map(([state, events]) => `${state} ${events}`)
    .join(', ')}`
