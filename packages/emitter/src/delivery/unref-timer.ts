/** Lets the process end although the timer runs. Timers of a browser or a worker are numbers, and keep nothing running. */
export const unrefTimer = <Timer extends ReturnType<typeof setTimeout>>(timer: Timer): Timer => {
  if (typeof timer === 'object') timer.unref()
  return timer
}
