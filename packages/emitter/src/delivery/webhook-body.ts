import { contractLimits } from '@altcontext/webhook-contract'
import { byteLength } from '../byte-length.ts'
import type { OutboxEvent } from '../outbox/outbox.ts'

const frame = { start: '{"events":[', end: ']}' }

/** One event as an element of a batch. Its envelope was serialised when it was emitted; only the id is put in front. */
const toElement = ({ id, body }: OutboxEvent): string => `{"id":"${id}",${body.slice(1)}`

export const toBatchBody = (events: readonly OutboxEvent[]): string =>
  frame.start + events.map(toElement).join(',') + frame.end

/** Whether a batch keeps to the receiver's limit. A single event always does: `emit` sees to it. */
export const fitsOneBatch = (events: readonly OutboxEvent[]): boolean => {
  // No UTF-16 unit takes more than three bytes of UTF-8, so most batches need no counting.
  const units = events.reduce((sum, { body }) => sum + body.length + 64, 16)
  if (units * 3 <= contractLimits.maxBatchBodyBytes) return true
  return (
    units <= contractLimits.maxBatchBodyBytes &&
    byteLength(toBatchBody(events)) <= contractLimits.maxBatchBodyBytes
  )
}
