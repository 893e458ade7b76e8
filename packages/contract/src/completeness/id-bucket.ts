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
  if (ms >= firstHourMs && ms < endOfHoursMs) {
    const hour = ms - (ms % hourMs)
    return { from: firstIdOf(hour), to: firstIdOf(hour + hourMs) }
  }
  const byte = Math.floor(ms / byteOfMs)
  const from = Math.max(byte * byteOfMs, ms >= endOfHoursMs ? endOfHoursMs : 0)
  const to = Math.min((byte + 1) * byteOfMs, ms < firstHourMs ? firstHourMs : Number.POSITIVE_INFINITY)
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

const hourMs = 3_600_000
const byteOfMs = 2 ** 40
const endOfIdsMs = 2 ** 48
/** 2020-01-01, the first hour after it that is whole: both are multiples of an hour. */
const firstHourMs = 1_577_836_800_000
/** 2100-01-01. */
const endOfHoursMs = 4_102_444_800_000
