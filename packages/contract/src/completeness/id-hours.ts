/** Ids whose first 48 bits are a moment of the years 2020 to 2099, in milliseconds since 1970, are sealed by the hour. */
export const idHours = Object.freeze({
  firstMs: Date.UTC(2020, 0, 1),
  /** After the last hour: exclusive. */
  endMs: Date.UTC(2100, 0, 1),
  lengthMs: 3_600_000,
})

/** Higher than the beginning of any id: the end of a range that has no `to`. */
export const behindAllIds = 'g'
