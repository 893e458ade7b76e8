export interface WindowSettings {
  /** How many in any window. */
  max: number
  timeWindowMs: number
}

export interface WindowVerdict {
  isAllowed: boolean
  /** How long until one more is allowed; 0 when it is. */
  retryAfterMs: number
}

export interface SlidingWindows {
  /** Counts `amount` for a name if that is within the limit. Refused amounts are not counted. */
  take(name: string, amount?: number): WindowVerdict
}

interface Window {
  startMs: number
  count: number
  previous: number
}

// Names can be addresses of strangers: whoever sends from many of them must not fill the memory.
const maxNames = 10_000

/** The name for all further ones while 10,000 names are being counted: no count is forgotten to make room. */
const theRest = ''

/**
 * A sliding window for each of up to 10,000 names: the previous window's count is weighted by the share of that window
 * that still lies in the last `timeWindowMs`. A fixed window lets twice the limit through across its edge.
 */
export const createSlidingWindows = (settings: WindowSettings, now: () => number): SlidingWindows => {
  const windows = new Map<string, Window>()
  const isOver = ({ startMs }: Window, nowMs: number): boolean => nowMs >= startMs + 2 * settings.timeWindowMs

  /** Checks the few names whose last check is longest ago, and forgets those whose count is over. */
  const makeRoom = (nowMs: number): void => {
    const oldest = windows.entries()
    for (let looked = 0; looked < 8; looked += 1) {
      const entry = oldest.next().value
      if (entry === undefined) return
      const [name, window] = entry
      windows.delete(name)
      if (!isOver(window, nowMs)) windows.set(name, window)
    }
  }

  const windowOf = (name: string, nowMs: number): Window => {
    const known = windows.get(name)
    if (known !== undefined) return known
    if (windows.size >= maxNames) makeRoom(nowMs)
    if (windows.size >= maxNames && name !== theRest) return windowOf(theRest, nowMs)
    const window = { startMs: nowMs, count: 0, previous: 0 }
    windows.set(name, window)
    return window
  }

  return {
    take: (name, amount = 1) => {
      const { max, timeWindowMs } = settings
      const nowMs = now()
      const window = windowOf(name, nowMs)
      roll(window, nowMs, timeWindowMs)
      const elapsed = Math.max(0, (nowMs - window.startMs) / timeWindowMs)
      const used = window.previous * (1 - elapsed) + window.count
      if (used + amount <= max) {
        window.count += amount
        return { isAllowed: true, retryAfterMs: 0 }
      }
      return {
        isAllowed: false,
        retryAfterMs: Math.ceil(roomIn(window, max - amount) * timeWindowMs + window.startMs - nowMs),
      }
    },
  }
}

const roll = (window: Window, nowMs: number, timeWindowMs: number): void => {
  const passed = Math.floor((nowMs - window.startMs) / timeWindowMs)
  if (passed < 1) return
  window.previous = passed === 1 ? window.count : 0
  window.count = 0
  window.startMs += passed * timeWindowMs
}

/** When, in windows from the start of this one, no more than `left` are counted. */
const roomIn = ({ count, previous }: Window, left: number): number => {
  if (count <= left) return previous === 0 ? 0 : Math.max(0, 1 - (left - count) / previous)
  return 1 + Math.max(0, 1 - left / count)
}
