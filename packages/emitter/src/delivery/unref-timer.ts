/** Lets the process end even though the timer runs. In a browser or a worker timers are numbers, and keep nothing running. */
export const unrefTimer = <Timer extends ReturnType<typeof setTimeout>>(timer: Timer): Timer => {
  if (typeof timer === 'object') timer.unref()
  return timer
}
