import type { DropReason, NewOutboxEvent } from '../outbox.ts'
import type { OutboxRecordState } from './outbox-records.ts'

/** An event as stored in a database. */
export interface EventRow {
  id: string
  event_type: string
  body: string
  traceparent: string | null
}

/** What a database knows about an event that is emitted again. */
export interface KnownRow {
  id: string
  state: OutboxRecordState
  reason: DropReason
}

export const toOutboxEvent = ({
  id,
  event_type: eventType,
  body,
  traceparent,
}: EventRow): NewOutboxEvent => ({
  id,
  eventType,
  body,
  ...(traceparent === null ? {} : { traceparent }),
})
