import type { OutboxHistoryEntry, OutboxRecord, OutboxRecordState } from './outbox-records.ts'

/** An entry of the delivery log as a database has it; its moments are ISO 8601 texts or milliseconds since 1970. */
export interface RecordRow {
  id: string
  event_type: string
  state: OutboxRecordState
  reason: OutboxRecord['reason'] | null
  attempts: number
  accepted_at: string | number
  changed_at: string | number
  due_at: string | number
  traceparent: string | null
}

/** `isWaiting` says that `due_at` is still to come. */
export const toOutboxRecord = (
  row: RecordRow,
  { history, isWaiting }: { history: readonly OutboxHistoryEntry[]; isWaiting: boolean },
): OutboxRecord => ({
  id: row.id,
  eventType: row.event_type,
  state: row.state,
  reason: row.reason ?? undefined,
  attempts: row.attempts,
  acceptedAt: iso(row.accepted_at),
  changedAt: iso(row.changed_at),
  dueAt: row.state === 'pending' && isWaiting ? iso(row.due_at) : undefined,
  traceparent: row.traceparent ?? undefined,
  history,
})

const iso = (moment: string | number): string => new Date(moment).toISOString()
