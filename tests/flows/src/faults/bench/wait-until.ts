import { setTimeout as delay } from 'node:timers/promises'

/** A look takes a little more than 50 ms. Time beyond this is the machine's, which stood still or was busy with others. */
const longestLookMs = 250

/** Waits for a condition; never longer than `timeoutMs`, on a machine that does not stand still. */
export const waitUntil = async (
  what: string,
  condition: () => Promise<boolean>,
  timeoutMs = 90_000,
): Promise<void> => {
  let waitedMs = 0
  for (let lookMs = performance.now(); !(await condition()); lookMs = performance.now()) {
    if (waitedMs > timeoutMs) throw new Error(`Waited ${timeoutMs} ms in vain until ${what}.`)
    await delay(50)
    waitedMs += Math.min(performance.now() - lookMs, longestLookMs)
  }
}
