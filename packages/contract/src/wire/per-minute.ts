/** Counts what happens per minute under a name, and says when there is too much to log each occurrence. */
export interface PerMinute {
  /**
   * @returns `isWithin`: whether it is among the first `max` of its minute. `leftOut`: how many of an earlier minute were
   * not; given once, with the first of a new minute.
   */
  count(name: string, atMs: number): { isWithin: boolean; leftOut: number }
}

/** Names are our own reasons and routes, so there are few of them. */
export const createPerMinute = (max: number): PerMinute => {
  const minutes = new Map<string, { minute: number; count: number }>()
  return {
    count: (name, atMs) => {
      const minute = Math.floor(atMs / 60_000)
      const known = minutes.get(name)
      if (known?.minute === minute) {
        known.count += 1
        return { isWithin: known.count <= max, leftOut: 0 }
      }
      minutes.set(name, { minute, count: 1 })
      return { isWithin: true, leftOut: Math.max(0, (known?.count ?? 0) - max) }
    },
  }
}
