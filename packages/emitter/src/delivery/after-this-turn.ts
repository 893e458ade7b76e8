/** Runs after everything that this turn of the event loop still has to do. Not every platform has a function for it; there it is a timer that is due. */
export const afterThisTurn: (run: () => void) => void =
  typeof setImmediate === 'function' ? (run) => void setImmediate(run) : (run) => void setTimeout(run, 0)
