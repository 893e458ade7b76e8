import type { ResolvedEmitterOptions } from '../resolve-emitter-options.ts'

/** When an event is tried again. `attempts` is always the number of counted attempts that have failed so far. */
export interface RetrySchedule {
  /** How many retries follow within one delivery, while the emitter waits. */
  readonly shortRetries: number
  /** The wait before the next short retry; `undefined` when there is none left. */
  shortDelayMs(attempts: number): number | undefined
  /** The wait in the outbox before the next long retry; `undefined` when there is none left. */
  longDelayMs(attempts: number): number | undefined
  /** The wait before an attempt that does not count: what the receiver asked for, and never less than the schedule's. */
  pacedDelayMs(attempts: number, retryAfterMs: number): number
  /** A `Retry-After`, at most its ceiling. */
  believed(retryAfterMs: number): number
}

const jitter = 0.2

export const createRetrySchedule = ({
  delaysMs,
  longDelaysMs,
  maxRetryAfterMs,
}: Pick<
  ResolvedEmitterOptions['retry'],
  'delaysMs' | 'longDelaysMs' | 'maxRetryAfterMs'
>): RetrySchedule => ({
  shortRetries: delaysMs.length,
  shortDelayMs: (attempts) => delaysMs[attempts - 1],
  longDelayMs(attempts) {
    const delayMs = longDelaysMs[attempts - delaysMs.length - 1]
    return delayMs === undefined ? undefined : Math.round(delayMs * (1 - jitter + 2 * jitter * Math.random()))
  },
  pacedDelayMs: (attempts, retryAfterMs) =>
    Math.max(delaysMs[attempts] ?? delaysMs.at(-1) ?? 1000, Math.min(retryAfterMs, maxRetryAfterMs)),
  believed: (retryAfterMs) => Math.min(retryAfterMs, maxRetryAfterMs),
})
