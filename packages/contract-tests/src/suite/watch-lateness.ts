const tickMs = 50

/** How late this process's own timers were. */
export interface LatenessWatch {
  /** Summed between two moments of `performance.now()`, in milliseconds. */
  between(fromMs: number, toMs: number): number
  stop(): void
}

/**
 * A machine that is busy or stands still delays both the tested program and this process. The delay of this process is
 * the machine's fault, not the program's.
 */
export const watchLateness = (): LatenessWatch => {
  const late: { atMs: number; byMs: number }[] = []
  let expectedMs = performance.now() + tickMs
  const timer = setInterval(() => {
    const nowMs = performance.now()
    if (nowMs > expectedMs) late.push({ atMs: nowMs, byMs: nowMs - expectedMs })
    expectedMs = nowMs + tickMs
  }, tickMs)
  timer.unref()
  return {
    between: (fromMs, toMs) =>
      late.reduce((sum, { atMs, byMs }) => (atMs >= fromMs && atMs - byMs <= toMs ? sum + byMs : sum), 0),
    stop: () => clearInterval(timer),
  }
}
