import { sleep } from '../delivery/sleep.ts'

/** How often a receiver that said to try later is asked. */
export const maxAttempts = 5
const longestWaitMs = 60_000

/** Waits before the attempt that follows: as long as the receiver asks for, else twice as long as before. */
export const waitAgain = (attempt: number, askedMs: number | undefined, signal: AbortSignal): Promise<void> =>
  sleep(Math.min(askedMs ?? 1000 * 2 ** attempt, longestWaitMs), signal)
