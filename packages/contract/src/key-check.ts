import { hash, timingSafeEqual } from 'node:crypto'

/**
 * Makes the check of a shared key such as `x-admin-key`: constant time, whatever is presented, and any of
 * several keys passes (rotation). An empty list passes nothing.
 */
export const createKeyCheck = (keys: readonly string[]): ((presented: unknown) => boolean) => {
  const expected = keys.filter((key) => key !== '').map(fingerprint)
  return (presented) => {
    if (typeof presented !== 'string') return false
    const actual = fingerprint(presented)
    return expected.reduce((passes, key) => timingSafeEqual(key, actual) || passes, false)
  }
}

// Of equal length for any key, which is what timingSafeEqual asks for. In one call: a Hash object for every request
// would live until the next full collection.
const fingerprint = (key: string): Buffer => hash('sha256', key, 'buffer')
