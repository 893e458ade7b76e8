import {
  type AnyContract,
  type AnyWebhookEvent,
  type EventIssue,
  isEventId,
  safeParseEvent,
  withoutPrivateFields,
} from '@altcontext/webhook-contract'
import type { OutboxEvent } from '@altcontext/webhook-emitter'
import { headers, type MsgHdrs } from '@nats-io/transport-node'
import { subjectOf } from '../broker/subject.ts'
import type { OpenFields, SealFields } from './sealing.ts'

/** What travels beside an event's envelope. */
export const messageHeaders = Object.freeze({
  /** The event's id. `Nats-Msg-Id` is the same only at the first sending. */
  id: 'webhook-id',
  /** The subject to which its receipt is sent. */
  receipts: 'webhook-receipts',
  /** The durable outbox that it comes from. */
  producer: 'webhook-producer',
  /** Its private fields, as JWE for those who have the key. */
  sealed: 'webhook-sealed',
  traceparent: 'traceparent',
})

export interface EventMessage {
  subject: string
  headers: MsgHdrs
  /** The envelope without its private fields. */
  body: string
}

export interface WriteMessageSettings {
  contract: AnyContract
  prefix: string
  receiptsSubject: string
  seal: SealFields | undefined
  nowMs: number
}

/**
 * Makes the message of one event. The event is parsed against the contract first, because one that a product has written into its outbox by SQL never
 * was, and only the contract says which of its fields are private.
 */
export const writeMessage = async (
  { id, body, traceparent }: OutboxEvent,
  producer: string | undefined,
  { contract, prefix, receiptsSubject, seal, nowMs }: WriteMessageSettings,
): Promise<EventMessage | { issues: EventIssue[] }> => {
  const parsed = safeParseEvent(contract, parseJson(body), { nowMs })
  if (!parsed.success) return { issues: parsed.issues }
  const event: AnyWebhookEvent = parsed.event
  const message = headers()
  message.set(messageHeaders.id, id)
  message.set(messageHeaders.receipts, receiptsSubject)
  if (producer !== undefined) message.set(messageHeaders.producer, producer)
  if (traceparent !== undefined) message.set(messageHeaders.traceparent, traceparent)
  const fields = privateFieldsOf(contract, event)
  if (seal !== undefined && fields !== undefined) message.set(messageHeaders.sealed, await seal(id, fields))
  return {
    subject: subjectOf(prefix, event),
    headers: message,
    body: JSON.stringify(withoutPrivateFields(contract, event)),
  }
}

/** Those that have a value; `undefined` if none has. */
const privateFieldsOf = (
  { events }: AnyContract,
  { eventType, payload }: AnyWebhookEvent,
): Record<string, unknown> | undefined => {
  const given = (events[eventType]?.privateFields ?? []).filter((field) => (payload[field] ?? null) !== null)
  return given.length === 0 ? undefined : Object.fromEntries(given.map((field) => [field, payload[field]]))
}

export interface ReadMessage {
  id: string
  receiptsSubject: string
  producer: string | undefined
  /** `undefined` when it is not JSON. */
  value: unknown
  /** Its private fields are sealed, and none of the keys given opens them. */
  isClosed: boolean
}

/** Reads a message; `undefined` when it is not one of ours: it names no event, or no subject for its receipt. */
export const readMessage = async (
  message: { headers?: MsgHdrs | undefined; string(): string },
  { receiptsPrefix, open }: { receiptsPrefix: string; open: OpenFields },
): Promise<ReadMessage | undefined> => {
  const read = (name: string): string | undefined => message.headers?.get(name) || undefined
  const id = read(messageHeaders.id)
  const receiptsSubject = read(messageHeaders.receipts)
  if (id === undefined || !isEventId(id)) return undefined
  if (receiptsSubject === undefined || !isReceiptsSubject(receiptsSubject, receiptsPrefix)) return undefined
  const producer = read(messageHeaders.producer)
  const sealed = read(messageHeaders.sealed)
  const envelope = parseJson(message.string())
  const fields = sealed === undefined ? {} : await open(id, sealed)
  return {
    id,
    receiptsSubject,
    producer: producer !== undefined && isEventId(producer) ? producer : undefined,
    value: withFields(envelope, fields),
    isClosed: fields === undefined,
  }
}

const isReceiptsSubject = (subject: string, prefix: string): boolean =>
  subject.startsWith(`${prefix}.`) && /^[A-Za-z0-9_-]{1,64}$/.test(subject.slice(prefix.length + 1))

const withFields = (envelope: unknown, fields: Record<string, unknown> | undefined): unknown => {
  if (fields === undefined || Object.keys(fields).length === 0) return envelope
  if (typeof envelope !== 'object' || envelope === null || !('payload' in envelope)) return envelope
  const { payload } = envelope
  if (typeof payload !== 'object' || payload === null) return envelope
  return { ...envelope, payload: { ...payload, ...fields } }
}

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
