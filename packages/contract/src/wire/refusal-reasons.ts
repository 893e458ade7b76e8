import { type ResponseCode, type ResponseDefinition, responses } from './responses.ts'

interface ReasonDefinition {
  /** The response to the sender. */
  readonly response: ResponseCode
  /** The reason in words, where it says more than the response does. */
  readonly words?: string
}

const table = {
  admin_auth_not_configured: { response: 'admin_auth_not_configured' },
  unauthorized: { response: 'unauthorized' },
  wrong_key_rate_limited: {
    response: 'rate_limited',
    words: 'Too many requests with a wrong key came from this address.',
  },
  rate_limited: { response: 'rate_limited' },
  payload_too_large: { response: 'payload_too_large' },
  unsupported_media_type: { response: 'unsupported_media_type' },
  invalid_signature: { response: 'invalid_signature' },
  invalid_json: { response: 'invalid_request', words: 'The body is not JSON in UTF-8.' },
  invalid_request: { response: 'invalid_request', words: 'The event breaks the contract.' },
  refused_by_database: {
    response: 'invalid_request',
    words: 'The event keeps to the contract, but holds a value that PostgreSQL cannot store.',
  },
  database_unavailable: { response: 'database_unavailable' },
  overloaded: { response: 'overloaded' },
  internal_error: { response: 'internal_error' },
} as const satisfies Record<string, ReasonDefinition>

/** Why the receiver refused a request or an event. Finer than the response's `error`, which tells a stranger less. */
export type RefusalReason = keyof typeof table

/** The response for each {@link RefusalReason}, said only here. */
export const refusalReasons: Readonly<Record<RefusalReason, ReasonDefinition>> = table

/** A reason in words, for people; null for a reason that is not in the table, such as one of the host's own. */
export const wordsOfRefusal = (reason: string): string | null => {
  if (!Object.hasOwn(table, reason)) return null
  const { response, words }: ReasonDefinition = table[reason as RefusalReason]
  const { when }: ResponseDefinition = responses[response]
  return words ?? when
}
