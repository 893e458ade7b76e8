import { idHours } from './id-hours.ts'

/**
 * Ids are sealed in buckets, by value alone: an hour for ids whose first 48 bits are a moment of the years 2020 to 2099, in
 * milliseconds since 1970, as those of a UUIDv7 are; their first byte for all others. A bucket is named by its first id.
 */
export interface IdBucket {
  /** The first id, a UUID: inclusive. */
  from: string
  /** The first id behind it: exclusive. `null` behind the last bucket. */
  to: string | null
}

/** The bucket that an id belongs to. */
export const idBucketOf = (id: string): IdBucket => {
  const ms = Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)
  if (ms >= idHours.firstMs && ms < idHours.endMs) {
    const hour = ms - (ms % idHours.lengthMs)
    return { from: firstIdOf(hour), to: firstIdOf(hour + idHours.lengthMs) }
  }
  const byte = Math.floor(ms / byteOfMs)
  const from = Math.max(byte * byteOfMs, ms >= idHours.endMs ? idHours.endMs : 0)
  const to = Math.min(
    (byte + 1) * byteOfMs,
    ms < idHours.firstMs ? idHours.firstMs : Number.POSITIVE_INFINITY,
  )
  return { from: firstIdOf(from), to: to >= endOfIdsMs ? null : firstIdOf(to) }
}

/** The lowest id of a moment in milliseconds since 1970: no UUIDv7 that was made then or later is below it. */
export const firstIdOf = (ms: number): string => {
  const digits = Math.floor(ms).toString(16).padStart(12, '0')
  return `${digits.slice(0, 8)}-${digits.slice(8)}-0000-0000-000000000000`
}

/** Whether a bound of a range is one between buckets, so that nothing sealed is cut by it. */
export const isBucketBound = (bound: string | null): boolean =>
  bound === null || bound === '' || idBucketOf(padBound(bound)).from === padBound(bound)

/** A bound is the beginning of an id; written out it is the lowest id that begins so. */
export const padBound = (bound: string): string => bound + firstIdOf(0).slice(bound.length)

const byteOfMs = 2 ** 40
const endOfIdsMs = 2 ** 48
