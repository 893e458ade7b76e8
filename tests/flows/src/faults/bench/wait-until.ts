import { setTimeout as delay } from 'node:timers/promises'

const firstPauseMs = 50
/** Looks become rarer, because what has not happened for seconds rarely happens in the next moment, and each look costs something. */
const longestPauseMs = 400
/** What a look takes besides. Time beyond this is the machine's, which stood still or was busy with others. */
const longestLookMs = 200

/** Waits for a condition; never longer than `timeoutMs`, on a machine that does not stand still. */
export const waitUntil = async (
  what: string,
  condition: () => Promise<boolean>,
  timeoutMs = 90_000,
): Promise<void> => {
  let waitedMs = 0
  let pauseMs = firstPauseMs
  for (let lookMs = performance.now(); !(await condition()); lookMs = performance.now()) {
    if (waitedMs > timeoutMs) throw new Error(`Waited ${timeoutMs} ms in vain until ${what}.`)
    await delay(pauseMs)
    waitedMs += Math.min(performance.now() - lookMs, pauseMs + longestLookMs)
    pauseMs = Math.min(pauseMs * 1.1, longestPauseMs)
  }
}
