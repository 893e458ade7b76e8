/**
 * Limits the memory that bodies take from the moment they may be read until their request has its response. A valid key does
 * not make a machine larger.
 */
export interface BodiesInFlight {
  /** @returns a function that gives the room back, or `undefined` if there is no room. */
  take(bytes: number): (() => void) | undefined
}

export const createBodiesInFlight = ({
  maxBodies,
  maxBytes,
}: {
  maxBodies: number
  maxBytes: number
}): BodiesInFlight => {
  let bodies = 0
  let bytesInFlight = 0
  return {
    take: (bytes) => {
      // A single body always fits, because otherwise one that is larger than the whole limit would never be accepted.
      if (bodies >= maxBodies || (bodies > 0 && bytesInFlight + bytes > maxBytes)) return undefined
      bodies += 1
      bytesInFlight += bytes
      return () => {
        bodies -= 1
        bytesInFlight -= bytes
      }
    },
  }
}
