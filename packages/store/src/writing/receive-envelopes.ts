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

/** An event as it came, and what came with it. */
export interface ReceivedEnvelope {
  /** Parsed JSON, not yet checked in any way. Its `id` is the event's, unless `id` is given beside it. */
  value: unknown
  id?: string | undefined
  /** The durable outbox that it comes from, a UUID. @default unknown */
  producer?: string | undefined
}

export interface ReceiveEnvelopesOptions {
  contract: AnyContract
  /** The host's customer to whom the events belong. @default none */
  leadScope?: LeadScope | undefined
  /** The maximum length of an event as JSON. Left out where nothing can be longer. */
  maxBytes?: number | undefined
  /** The clock, in milliseconds since 1970. */
  nowMs: number
  /** Writes the valid ones, in the order of the envelopes. */
  writeAll(events: readonly EventToStore[]): Promise<WriteResult[]>
}

export interface ReceivedEnvelopes {
  /** One for each envelope, in the same order. */
  results: BatchResult[]
  /** For the results that are `retry`: what the database refused, and where. */
  failures: Extract<WriteResult, { status: 'failed' }>[]
}

/**
 * Parses envelopes against the contract and writes those that are valid: every way in handles several events like this, whatever
 * carried them. One bad event does not make its neighbours fail.
 *
 * @throws What `writeAll` rejects with: whether anything was written is unknown.
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

/** Merges the results of the events that were written with those of the events that were not. */
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

/** The result of an event with a value that PostgreSQL cannot store. */
export const refusedByDatabase: EventIssue = { path: '', message: 'The database cannot store this event' }
