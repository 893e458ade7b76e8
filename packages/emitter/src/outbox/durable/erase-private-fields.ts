import { type AnyContract, type AnyWebhookEvent, withoutPrivateFields } from '@altcontext/webhook-contract'

/** The body of an event without its private fields: all that is kept of a dead event after a while. */
export const erasePrivateFields = (contract: AnyContract, body: string): string => {
  const event = parse(body)
  return event === undefined ? '{}' : JSON.stringify(withoutPrivateFields(contract, event))
}

// What was inserted by SQL may be anything.
const parse = (body: string): AnyWebhookEvent | undefined => {
  try {
    const event = JSON.parse(body)
    return typeof event?.payload === 'object' && event.payload !== null ? event : undefined
  } catch {
    return undefined
  }
}
