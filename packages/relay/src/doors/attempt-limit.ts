/** Counts attempts for each address in windows of fixed length. */
export interface AttemptLimit {
  /** Counts one more. Returns 0, or how long the address is over its limit for. */
  note(address: string): number
}

export const createAttemptLimit = ({
  maxAttempts,
  windowMs,
  maxAddresses,
}: {
  maxAttempts: number
  windowMs: number
  maxAddresses: number
}): AttemptLimit => {
  const windows = new Map<string, { attempts: number; endMs: number }>()
  // Shared by all that find no place of their own, so that a crowd of addresses resets nobody's count.
  const others = { attempts: 0, endMs: 0 }

  const windowOf = (address: string, nowMs: number) => {
    const known = windows.get(address)
    if (known !== undefined && known.endMs > nowMs) return known
    windows.delete(address)
    // The first in the map began first, so it ends first.
    for (const [oldest, { endMs }] of windows) {
      if (endMs > nowMs) break
      windows.delete(oldest)
    }
    if (windows.size < maxAddresses) {
      const window = { attempts: 0, endMs: nowMs + windowMs }
      windows.set(address, window)
      return window
    }
    if (others.endMs <= nowMs) Object.assign(others, { attempts: 0, endMs: nowMs + windowMs })
    return others
  }

  return {
    note(address) {
      const nowMs = performance.now()
      const window = windowOf(address, nowMs)
      window.attempts += 1
      return window.attempts > maxAttempts ? window.endMs - nowMs : 0
    },
  }
}
