import type { AnyContract, AnyWebhookEvent } from '../events/define-contract.ts'

/**
 * A copy of a parsed event without the fields that its contract marks as private: the only form in which an
 * event may be stored, logged or traced (roadmap §8).
 *
 * A payload of an event type that the contract does not know is emptied: nothing says what in it is private.
 */
export const withoutPrivateFields = <Event extends AnyWebhookEvent>(
  contract: AnyContract,
  event: Event,
): Event => {
  const definition = Object.hasOwn(contract.events, event.eventType)
    ? contract.events[event.eventType]
    : undefined
  if (definition === undefined) return { ...event, payload: {} }
  const payload: Record<string, unknown> = { ...event.payload }
  for (const field of definition.privateFields ?? []) delete payload[field]
  return { ...event, payload }
}
