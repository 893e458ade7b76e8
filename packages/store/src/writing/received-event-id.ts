import { dedupeId, isEventId } from '@altcontext/webhook-contract'
import type { LeadScope } from '../database/database.ts'

/**
 * The id under which an event is stored.
 *
 * A UUID is used as it is, in lower case. Any other text, such as the `msg_...` of other Standard Webhooks senders,
 * becomes a UUIDv5: the same text is the same event. Without a text, the id is the dedupe id of
 * the roadmap's triple (roadmap §6).
 */
export const receivedEventId = (
  given: string | undefined,
  event: { eventType: string; occurredAt: string; tenantId: string },
  leadScope?: LeadScope | undefined,
): string => {
  const id = idOf(given, event)
  // Two customers of the host may have tenants with the same id: their events are not duplicates of each other.
  const isChosen = given !== undefined && isEventId(given)
  if (leadScope === undefined || isChosen) return id
  return dedupeId({ eventType: 'customer', occurredAt: leadScope.tenantId.toLowerCase(), tenantId: id })
}

const idOf = (
  given: string | undefined,
  event: { eventType: string; occurredAt: string; tenantId: string },
): string => {
  if (given === undefined || given === '') return dedupeId(event)
  if (isEventId(given)) return given.toLowerCase()
  // No event has an empty occurredAt, so this name never equals that of a triple.
  return dedupeId({ eventType: 'webhook-id', occurredAt: '', tenantId: given })
}
