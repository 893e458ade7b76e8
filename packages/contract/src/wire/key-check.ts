import { timingSafeEqual } from 'node:crypto'

/**
 * Makes the check of a shared key such as `x-admin-key`: constant time, whatever is presented, and any of
 * several keys passes (rotation). With an empty list nothing passes.
 */
export const createKeyCheck = (keys: readonly string[]): ((presented: unknown) => boolean) => {
  const expected = keys.filter((key) => key !== '').map((key) => Buffer.from(key))
  return (presented) => {
    if (typeof presented !== 'string') return false
    const actual = Buffer.from(presented)
    return expected.reduce((passes, key) => isEqual(key, actual) || passes, false)
  }
}

/** A key of another length is compared with itself, so that the comparison takes as long as for one that fits. */
const isEqual = (expected: Buffer, actual: Buffer): boolean => {
  const fits = actual.length === expected.length
  return timingSafeEqual(expected, fits ? actual : expected) && fits
}
