import {
  type AnyContract,
  type BatchResult,
  type EventIssue,
  jsonBoundsProblem,
  safeParseEvent,
} from '@altcontext/webhook-contract'
import type { LeadScope } from '../database/database.ts'
import type { EventToStore, WriteResult } from './insert-events.ts'
import { receivedEventId } from './received-event-id.ts'

/** An event as it came, beside what came with it. */
export interface ReceivedEnvelope {
  /** Parsed JSON, in which nothing has been looked at. Its `id` is the event's, unless `id` is given beside it. */
  value: unknown
  id?: string | undefined
  /** The durable outbox that it is from, a UUID. @default not known */
  producer?: string | undefined
}

export interface ReceiveEnvelopesOptions {
  contract: AnyContract
  /** The host's customer that the events are of. @default none */
  leadScope?: LeadScope | undefined
  /** The longest event, as JSON. Left out where nothing can be longer. */
  maxBytes?: number | undefined
  /** The clock, in milliseconds since 1970. */
  nowMs: number
  /** Writes what is valid, in the order of the envelopes. */
  writeAll(events: readonly EventToStore[]): Promise<WriteResult[]>
}

export interface ReceivedEnvelopes {
  /** One for each envelope, in their order. */
  results: BatchResult[]
  /** Of the results that are `retry`: what the database refused, and where. */
  failures: Extract<WriteResult, { status: 'failed' }>[]
}

/**
 * Reads envelopes against the contract and writes those that are valid: what every way in does with several events, whatever
 * carried them. One bad event does not refuse its neighbours.
 *
 * @throws What `writeAll` rejects with: nothing is known to be written.
 */
export const receiveEnvelopes = async (
  envelopes: readonly ReceivedEnvelope[],
  options: ReceiveEnvelopesOptions,
): Promise<ReceivedEnvelopes> => {
  const events = envelopes.map((envelope) => readEnvelope(envelope, options))
  const written = await options.writeAll(events.filter((event) => 'id' in event))
  return {
    results: interleave(events, written),
    failures: written.filter((result) => result.status === 'failed'),
  }
}

const readEnvelope = (
  { value, id: idBeside, producer }: ReceivedEnvelope,
  { contract, leadScope, maxBytes, nowMs }: ReceiveEnvelopesOptions,
): EventToStore | InvalidResult => {
  if (maxBytes !== undefined && Buffer.byteLength(JSON.stringify(value)) > maxBytes) {
    return invalid('payload_too_large', [{ path: '', message: `Expected at most ${maxBytes} bytes as JSON` }])
  }
  const unbounded = jsonBoundsProblem(value)
  if (unbounded !== undefined) return invalid('invalid_request', [unbounded])
  const parsed = safeParseEvent(contract, value, { nowMs })
  const given = idBeside ?? (value as { id?: unknown } | null)?.id ?? undefined
  const idIssues = given === undefined || typeof given === 'string' ? [] : [noId]
  if (!parsed.success) return invalid('invalid_request', [...idIssues, ...parsed.issues])
  if (idIssues.length > 0) return invalid('invalid_request', idIssues)
  const id = receivedEventId(given as string | undefined, parsed.event, leadScope)
  return { id, event: parsed.event, producer }
}

/** Puts the results of what was written between those of what was not. */
const interleave = (
  events: readonly (EventToStore | InvalidResult)[],
  written: readonly WriteResult[],
): BatchResult[] => {
  const next = written.values()
  return events.map((event): BatchResult => {
    if ('issues' in event) return event
    const result = next.next().value as WriteResult
    if (result.status === 'refused') return invalid('refused', [refusedByDatabase])
    if (result.status === 'failed') return { status: 'retry', error: 'database_unavailable' }
    return { status: result.status, eventId: result.eventId }
  })
}

type InvalidResult = Extract<BatchResult, { status: 'invalid' }>

const invalid = (
  error: 'invalid_request' | 'payload_too_large' | 'refused',
  issues: EventIssue[],
): InvalidResult => ({ status: 'invalid', error, issues })

const noId: EventIssue = { path: 'id', message: 'Expected a UUID' }

/** Of an event with a value that PostgreSQL cannot store. */
export const refusedByDatabase: EventIssue = { path: '', message: 'The database cannot store this event' }
