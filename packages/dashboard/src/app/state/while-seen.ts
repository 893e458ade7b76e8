const everyMs = 30_000

/**
 * Calls `ask` every half minute while somebody can see the page, and at once when it is seen again later. Returns a function
 * that stops it.
 */
export const whileSeen = (ask: () => void): (() => void) => {
  let isDue = false
  const tick = () => {
    isDue = document.hidden
    if (!isDue) ask()
  }
  const onVisibilityChange = () => {
    if (isDue && !document.hidden) tick()
  }
  const timer = setInterval(tick, everyMs)
  document.addEventListener('visibilitychange', onVisibilityChange)
  return () => {
    clearInterval(timer)
    document.removeEventListener('visibilitychange', onVisibilityChange)
  }
}
