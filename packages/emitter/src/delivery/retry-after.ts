/**
 * Reads `Retry-After` (RFC 9110 §10.2.3): whole seconds, or an HTTP date, as milliseconds from `nowMs`.
 * A date that has passed is 0. `undefined` if there is no header, or it is neither of the two.
 */
export const parseRetryAfter = (header: string | null, nowMs: number): number | undefined => {
  const text = header?.trim() ?? ''
  if (/^\d{1,10}$/.test(text)) return Number(text) * 1000
  // Date.parse alone reads "1.5" and "-3" as years.
  if (!/^[A-Z][a-z]+,? .*\d{2}:\d{2}:\d{2}/.test(text)) return undefined
  const dateMs = Date.parse(text)
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - nowMs)
}
