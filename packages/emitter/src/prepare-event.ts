import {
  type AnyContract,
  contractLimits,
  type EventIssue,
  isEventId,
  safeParseEvent,
} from '@altcontext/webhook-contract'
import { byteLength } from './byte-length.ts'
import type { EmitOptions } from './emitter.ts'
import { newId } from './new-id.ts'
import type { NewOutboxEvent } from './outbox/outbox.ts'
import type { ResolvedEmitterOptions } from './resolve-emitter-options.ts'

/** Checks once and serialises once: this text is kept, sent and signed. */
export const prepareEvent = (
  { contract, now }: Pick<ResolvedEmitterOptions, 'contract' | 'now'>,
  eventType: string,
  payload: unknown,
  { occurredAt, eventId }: EmitOptions,
): NewOutboxEvent | { issues: EventIssue[] } => {
  if (eventId !== undefined && !isEventId(eventId)) {
    return { issues: [{ path: 'eventId', message: 'Expected a UUID' }] }
  }
  const nowMs = now()
  const fields = typeof payload === 'object' && payload !== null ? (payload as Record<string, unknown>) : {}
  const timestamp = Object.hasOwn(contract.events, eventType)
    ? contract.events[eventType]?.timestamp
    : undefined
  const ownTime = timestamp === undefined ? undefined : fields[timestamp]
  const result = safeParseEvent(
    contract,
    {
      eventType,
      ...(contract.hasTenants === false ? {} : { tenantId: fields.tenantId }),
      occurredAt: toIso(occurredAt ?? ownTime ?? nowMs),
      payload,
    },
    { nowMs },
  )
  if (!result.success) return { issues: result.issues }
  const { event } = result
  const body = JSON.stringify({
    eventType,
    tenantId: event.tenantId,
    occurredAt: event.occurredAt,
    // As roadmap §5 lists the fields: with the tenant and the payload's own timestamp.
    payload: {
      ...(contract.hasTenants === false ? {} : { tenantId: event.tenantId }),
      ...event.payload,
      ...(timestamp === undefined || ownTime !== undefined ? {} : { [timestamp]: event.occurredAt }),
    },
  })
  if (body.length * 3 > contractLimits.maxBodyBytes && byteLength(body) > contractLimits.maxBodyBytes) {
    const message = `Expected at most ${contractLimits.maxBodyBytes} bytes as JSON`
    return { issues: [{ path: 'payload', message }] }
  }
  return { id: eventId?.toLowerCase() ?? newId(), eventType, body }
}

const toIso = (time: unknown): unknown => {
  if (!(time instanceof Date) && typeof time !== 'number') return time
  const date = new Date(time)
  return Number.isNaN(date.getTime()) ? 'invalid' : date.toISOString()
}

/** A JavaScript caller may pass anything as a type, so it is repeated only if the contract knows it. */
export const knownType = (contract: AnyContract, eventType: string): string =>
  Object.hasOwn(contract.events, eventType) ? eventType : 'an event of an unknown type'
