import { v5 } from 'uuid'

/** The namespace of every dedupe id. Part of the contract: another language must use the same. */
export const dedupeNamespace = '5f6c1f0e-8a0b-5d0c-9f57-3b1f0f3f7a11'

/**
 * The id of an event that was sent without one: the UUIDv5 (RFC 9562) of the roadmap's triple.
 *
 * The name is `eventType`, `occurredAt` in UTC milliseconds (`2026-02-13T12:00:00.000Z`) and `tenantId`,
 * each separated by one line feed, in UTF-8. Neither of the first two can hold a line feed, so two different
 * triples never share a name. `vectors/dedupe-ids.json` has examples for other languages.
 */
export const dedupeId = (event: { eventType: string; occurredAt: string; tenantId: string }): string =>
  // As bytes: given text, v5 throws on half a surrogate pair.
  v5(utf8.encode(`${event.eventType}\n${event.occurredAt}\n${event.tenantId}`), dedupeNamespace)

const utf8 = new TextEncoder()
