export interface WindowState {
  count: number
  endsInMs: number
}

// Names can be addresses of strangers: whoever sends from many of them must not fill the memory.
const mostNames = 10_000

/** Counts in the memory of this process. */
export const createLocalWindow = (timeWindowMs: number, now: () => number) => {
  const windows = new Map<string, { count: number; endsAtMs: number }>()
  return {
    count: (name: string): WindowState => {
      const nowMs = now()
      let window = windows.get(name)
      if (window === undefined || window.endsAtMs <= nowMs) {
        windows.delete(name)
        window = { count: 0, endsAtMs: nowMs + timeWindowMs }
        windows.set(name, window)
        if (windows.size > mostNames) windows.delete(windows.keys().next().value as string)
      }
      window.count += 1
      return { count: window.count, endsInMs: window.endsAtMs - nowMs }
    },
  }
}
