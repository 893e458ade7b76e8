/**
 * The wall clock at the start, and from then on only what really passes: when somebody sets the clock, no lease ends
 * early and no retry waits for hours.
 */
export const createSteadyClock = (): (() => number) => {
  const startMs = Date.now() - performance.now()
  return () => Math.round(startMs + performance.now())
}
