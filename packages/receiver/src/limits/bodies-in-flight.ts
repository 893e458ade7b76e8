/**
 * Bounds the memory that bodies take from the moment they may be read until their request is answered, whoever sends
 * them: the keys are right, but a machine is small.
 */
export interface BodiesInFlight {
  /** @returns what gives the room back, or undefined when there is none. */
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
      // One alone always has room, or a body larger than all the room would never be taken.
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
