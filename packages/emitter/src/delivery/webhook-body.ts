import { contractLimits } from '@altcontext/webhook-contract'
import { byteLength } from '../byte-length.ts'
import type { OutboxEvent } from '../outbox/outbox.ts'

/** The id of the outbox, if it has one: it comes first, so that the text serialised when the event was emitted stays as it is. */
const namedProducer = (producer: string | undefined): string =>
  producer === undefined ? '' : `"producer":"${producer}",`
const maxNamedProducerBytes = 50

/** One event as an element of a batch. Its envelope was serialised when it was emitted; only the id is put in front. */
const toElement = ({ id, body }: OutboxEvent): string => `{"id":"${id}",${body.slice(1)}`

export const toBatchBody = (events: readonly OutboxEvent[], producer?: string | undefined): string =>
  `{${namedProducer(producer)}"events":[${events.map(toElement).join(',')}]}`

/** An event that travels alone. If naming the producer would make it too large, it travels without it, and is not compared. */
export const toSingleBody = ({ body }: OutboxEvent, producer: string | undefined): string => {
  const isNear = body.length * 3 > contractLimits.maxBodyBytes - maxNamedProducerBytes
  if (isNear && byteLength(body) > contractLimits.maxBodyBytes - maxNamedProducerBytes) return body
  return `{${namedProducer(producer)}${body.slice(1)}`
}

/** Whether a batch is within the receiver's limit. A single event always is: `emit` checks that. */
export const fitsOneBatch = (events: readonly OutboxEvent[]): boolean => {
  // No UTF-16 unit takes more than three bytes of UTF-8, so most batches need no counting.
  const units = events.reduce((sum, { body }) => sum + body.length + 64, 16 + maxNamedProducerBytes)
  if (units * 3 <= contractLimits.maxBatchBodyBytes) return true
  return (
    units <= contractLimits.maxBatchBodyBytes &&
    byteLength(toBatchBody(events)) + maxNamedProducerBytes <= contractLimits.maxBatchBodyBytes
  )
}
