/** Lets a limited number of requests through at a time, and none while the receiver has asked for a pause. */
export interface RequestGate {
  /** Whether a request would start at once. */
  isOpen(): boolean
  /** Runs a request when there is room. Rejects with the signal's reason if it is aborted while waiting. */
  run<Result>(request: () => Promise<Result>, signal: AbortSignal): Promise<Result>
  /** Starts no request for this long. The longer of several pauses counts. */
  pause(delayMs: number): void
  close(): void
}

export const createRequestGate = (maxConcurrentRequests: number, onOpen: () => void): RequestGate => {
  const waiting: { start: () => void }[] = []
  let running = 0
  let pausedUntilMs = 0
  let timer: NodeJS.Timeout | undefined

  const isPaused = (): boolean => pausedUntilMs > 0
  const hasRoom = (): boolean => running < maxConcurrentRequests && !isPaused()

  const startNext = (): void => {
    while (hasRoom()) {
      const next = waiting.shift()
      if (next === undefined) break
      next.start()
    }
    if (hasRoom()) onOpen()
  }

  const enter = (signal: AbortSignal): Promise<void> | undefined => {
    if (hasRoom() && waiting.length === 0) {
      running += 1
      return undefined
    }
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        const index = waiting.indexOf(entry)
        if (index !== -1) waiting.splice(index, 1)
        reject(signal.reason)
      }
      const entry = {
        start: () => {
          running += 1
          signal.removeEventListener('abort', onAbort)
          resolve()
        },
      }
      waiting.push(entry)
      signal.addEventListener('abort', onAbort, { once: true })
    })
  }

  return {
    isOpen: () => hasRoom() && waiting.length === 0,

    async run(request, signal) {
      signal.throwIfAborted()
      const turn = enter(signal)
      if (turn !== undefined) await turn
      try {
        return await request()
      } finally {
        running -= 1
        startNext()
      }
    },

    pause(delayMs) {
      const untilMs = performance.now() + delayMs
      if (untilMs <= pausedUntilMs) return
      pausedUntilMs = untilMs
      clearTimeout(timer)
      timer = setTimeout(() => {
        pausedUntilMs = 0
        startNext()
      }, delayMs)
    },

    close() {
      clearTimeout(timer)
    },
  }
}
