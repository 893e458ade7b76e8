import { setTimeout as delay } from 'node:timers/promises'

/** Waits, and ends early, without an error, when the signal is aborted. */
export const pause = (ms: number, signal?: AbortSignal): Promise<void> =>
  delay(ms, undefined, { signal, ref: true }).catch(() => {})
