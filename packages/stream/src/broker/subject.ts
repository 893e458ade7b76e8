/** `<prefix>.<event type>.<tenant>`. The dots of the type stay, so that `webhooks.scan.*.<tenant>` finds all scans. */
export const subjectOf = (
  prefix: string,
  { eventType, tenantId }: { eventType: string; tenantId: string },
): string => `${prefix}.${eventType.split('.').map(toToken).join('.')}.${toToken(tenantId)}`

/**
 * A text as one token of a subject: percent-encoded as in a URL, and so are the characters that have a meaning in a subject.
 * `acme.example` is `acme%2Eexample`.
 */
export const toToken = (text: string): string =>
  encodeURIComponent(text.toWellFormed()).replace(
    /[.!~*'()]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  ) || '%'
