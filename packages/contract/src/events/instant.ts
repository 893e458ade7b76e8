import * as z from 'zod'

const earliestMs = Date.parse('0001-01-01T00:00:00.000Z')
const latestMs = Date.parse('9999-12-31T23:59:59.999Z')

/**
 * An ISO 8601 date and time with `Z` or an offset, read as UTC milliseconds: `2026-02-13T12:00:00.000Z`.
 *
 * Any number of fractional digits is taken (Python's `isoformat()` writes six); what is finer than a
 * millisecond is cut off, because the columns are `TIMESTAMP(3)`.
 */
export const instantSchema = z.iso
  .datetime({ offset: true, abort: true, error: 'Expected an ISO 8601 date and time with Z or an offset' })
  .refine((text) => isStorable(Date.parse(text)), { error: 'Expected a year from 0001 to 9999', abort: true })
  .transform((text) => (isCanonical(text) ? text : new Date(text).toISOString()))

const isStorable = (ms: number): boolean => ms >= earliestMs && ms <= latestMs

// What our own emitter sends. Of all that passes the schema, only `YYYY-MM-DDTHH:mm:ss.sssZ` has 24 characters and a Z.
const isCanonical = (text: string): boolean => text.length === 24 && text.endsWith('Z')
