import { contractLimits, type RefusalReason, refusalReasons, responses } from '@altcontext/webhook-contract'
import {
  type Database,
  type IngestRejectionCount,
  insertEvents,
  receiveEnvelopes,
} from '@altcontext/webhook-store'
import type { JsMsg } from '@nats-io/jetstream'
import { type ReadMessage, readMessage } from '../messages/event-message.ts'
import type { Receipt } from '../messages/receipts.ts'
import type { OpenFields } from '../messages/sealing.ts'
import type { ResolvedConsumerOptions } from './consumer-options.ts'

export interface ReceivedMessages {
  /** For every message that is one of ours, with the subject to which it is sent. */
  receipts: (Receipt & { subject: string })[]
  /** Messages that are not events: there is nobody to tell. */
  foreign: readonly JsMsg[]
  /** Sealed for a key that this consumer does not have. */
  sealedFor: number
  refused: RefusalReason[]
}

/**
 * Reads messages and commits the events in them.
 *
 * @throws {StoreError} when it is not known whether anything was written
 */
export const receiveMessages = async (
  messages: readonly JsMsg[],
  {
    options,
    database,
    open,
  }: {
    options: Pick<
      ResolvedConsumerOptions,
      'contract' | 'schema' | 'leadScope' | 'writeTimeoutMs' | 'now' | 'receiptsPrefix'
    >
    database: Database
    open: OpenFields
  },
): Promise<ReceivedMessages> => {
  const { contract, schema, leadScope, writeTimeoutMs: timeoutMs, receiptsPrefix } = options
  const read = await Promise.all(messages.map((message) => readMessage(message, { receiptsPrefix, open })))
  const events = read.filter((message) => message !== undefined)
  const opened = events.filter(({ isClosed }) => !isClosed)
  const nowMs = options.now()
  const { results, failures } = await receiveEnvelopes(opened, {
    contract,
    leadScope,
    nowMs,
    maxBytes: maxBytesOf(messages),
    writeAll: (written) => insertEvents(database, written, { contract, schema, nowMs, timeoutMs }),
  })
  const byMessage = new Map(opened.map((message, index) => [message, results[index]]))
  return {
    receipts: events.map((message) => toReceipt(message, byMessage.get(message))),
    foreign: messages.filter((_message, index) => read[index] === undefined),
    sealedFor: events.length - opened.length,
    refused: [
      ...failures.map(() => 'database_unavailable' as const),
      ...results.flatMap((result) => (result.status === 'invalid' ? [reasonOf(result.error)] : [])),
    ],
  }
}

// An event is no larger than its message, except for what was sealed beside it.
const maxBytesOf = (messages: readonly JsMsg[]): number | undefined =>
  messages.some(
    ({ data, headers }) =>
      data.byteLength > contractLimits.maxBodyBytes / 2 || headers?.has('webhook-sealed'),
  )
    ? contractLimits.maxBodyBytes
    : undefined

const toReceipt = (
  { id, receiptsSubject: subject }: ReadMessage,
  result: Receipt['result'] | undefined,
): Receipt & { subject: string } => ({
  id,
  subject,
  // Not the event's fault: it waits in its outbox until a consumer has the key.
  result: result ?? { status: 'retry', error: 'sealed_for_another_key' },
})

const reasonOf = (error: string): RefusalReason => {
  if (error === 'refused') return 'refused_by_database'
  return error === 'payload_too_large' ? error : 'invalid_request'
}

/** Rejected events, counted beside the requests that the receiver has rejected. */
export const countsOf = (
  reasons: readonly RefusalReason[],
  { contract, stream, now }: Pick<ResolvedConsumerOptions, 'contract' | 'stream' | 'now'>,
): IngestRejectionCount[] =>
  [...Map.groupBy(reasons, (reason) => reason)].map(([reason, { length: refused }]) => ({
    propertyId: contract.name,
    endpoint: `nats:${stream}`,
    reason,
    statusCode: responses[refusalReasons[reason].response].status,
    occurredAtMs: now(),
    refused,
  }))
