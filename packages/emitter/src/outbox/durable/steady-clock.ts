export interface SteadyClock {
  nowMs(): number
  /** It is this moment now, whatever it was until now. */
  set(nowMs: number): void
}

/**
 * The wall clock at the start, plus the time that has really passed since: when somebody sets the clock, no lease ends early and
 * no retry waits for hours. A wall clock that is behind a moment that is known to have passed (`knownMs`) is wrong.
 */
export const createSteadyClock = (knownMs = 0): SteadyClock => {
  let startMs = Math.max(Date.now(), knownMs) - performance.now()
  return {
    nowMs: () => Math.round(startMs + performance.now()),
    set(nowMs) {
      startMs = nowMs - performance.now()
    },
  }
}
