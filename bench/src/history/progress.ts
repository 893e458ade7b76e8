/** Prints what a long benchmark is doing, and for how many seconds it has run. */
export const progress = (what: string): void => {
  process.stderr.write(`  ${String(Math.round(performance.now() / 1000)).padStart(5)} s: ${what}\n`)
}
