/** Runs after everything else in this turn of the event loop. Platforms without `setImmediate` use a timer that is due at once. */
export const afterThisTurn: (run: () => void) => void =
  typeof setImmediate === 'function' ? (run) => void setImmediate(run) : (run) => void setTimeout(run, 0)
