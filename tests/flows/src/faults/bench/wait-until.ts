import { setTimeout as delay } from 'node:timers/promises'

/** Waits for a condition; never longer than `timeoutMs`. */
export const waitUntil = async (
  what: string,
  condition: () => Promise<boolean>,
  timeoutMs = 90_000,
): Promise<void> => {
  const deadlineMs = performance.now() + timeoutMs
  while (!(await condition())) {
    if (performance.now() > deadlineMs) throw new Error(`Waited ${timeoutMs} ms in vain until ${what}.`)
    await delay(50)
  }
}
