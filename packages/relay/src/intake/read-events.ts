import {
  type AnyContract,
  contractLimits,
  dedupeId,
  type EventIssue,
  isEventId,
  safeParseEvent,
} from '@altcontext/webhook-contract'
import type { NewOutboxEvent } from '@altcontext/webhook-emitter'

/**
 * Parses one envelope, or `{ "events": [...] }`, each with an optional `id`. Either all are valid, or none is taken.
 *
 * An event without an id gets the contract's dedupe id, so that a producer that is not sure whether its request
 * arrived may send it again.
 */
export const readEvents = (
  contract: AnyContract,
  value: unknown,
  singleId: unknown,
): { events: NewOutboxEvent[]; isBatch: boolean } | { issues: EventIssue[] } => {
  const isBatch = typeof value === 'object' && value !== null && 'events' in value
  const envelopes = isBatch ? value.events : [value]
  if (
    !Array.isArray(envelopes) ||
    envelopes.length === 0 ||
    envelopes.length > contractLimits.maxBatchEvents
  ) {
    return {
      issues: [{ path: 'events', message: `Expected 1 to ${contractLimits.maxBatchEvents} events` }],
    }
  }
  const issues: EventIssue[] = []
  const events = envelopes.flatMap((envelope, index) => {
    const prefix = isBatch ? `events.${index}` : ''
    const result = readEvent(contract, envelope, isBatch ? undefined : singleId)
    if (!('issues' in result)) return [result]
    for (const { path, message } of result.issues) {
      issues.push({ path: [prefix, path].filter((part) => part !== '').join('.'), message })
    }
    return []
  })
  return issues.length > 0 ? { issues } : { events, isBatch }
}

const readEvent = (
  contract: AnyContract,
  envelope: unknown,
  headerId: unknown,
): NewOutboxEvent | { issues: EventIssue[] } => {
  const result = safeParseEvent(contract, envelope)
  if (!result.success) return { issues: result.issues }
  const { event } = result
  const given = (envelope as { id?: unknown }).id ?? headerId
  if (given !== undefined && !isEventId(given))
    return { issues: [{ path: 'id', message: 'Expected a UUID' }] }
  const body = JSON.stringify(event)
  if (Buffer.byteLength(body) > contractLimits.maxBodyBytes) {
    return {
      issues: [{ path: '', message: `Expected at most ${contractLimits.maxBodyBytes} bytes as JSON` }],
    }
  }
  return { id: given?.toLowerCase() ?? dedupeId(event), eventType: event.eventType, body }
}
