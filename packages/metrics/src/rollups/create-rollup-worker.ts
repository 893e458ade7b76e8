import type { Database } from '@altcontext/webhook-store'
import { MetricsError } from '../metrics-error.ts'
import { type RollupResult, rollupDirty } from './rollup-dirty.ts'
import type { JobOptions } from './rollup-lock.ts'

export interface RollupWorkerOptions extends JobOptions {
  database: Database
  /** From the end of one run to the start of the next. @default 60_000 */
  intervalMs?: number | undefined
  /** Called after each run. */
  onRun?: ((result: Readonly<RollupResult>) => void) | undefined
  /** Called when a run fails; the next one comes all the same. */
  onError?: ((error: unknown) => void) | undefined
}

/** Runs {@link rollupDirty} again and again. Of several workers on one database, one at a time does the work. */
export interface RollupWorker {
  /** Runs at once and then on the interval. Does not keep the process alive. */
  start(): void
  /** Starts no further run and resolves when the present one has ended. */
  close(): Promise<void>
}

/** @throws {MetricsError} `invalid_options` when the interval is no positive whole number. */
export const createRollupWorker = ({
  database,
  intervalMs = 60_000,
  onRun,
  onError,
  ...jobOptions
}: RollupWorkerOptions): RollupWorker => {
  if (!Number.isSafeInteger(intervalMs) || intervalMs < 1 || intervalMs > 2_147_483_647) {
    throw new MetricsError(
      'invalid_options',
      `Failed to create the rollup worker: intervalMs is ${intervalMs}. Use whole milliseconds from 1 to 2147483647.`,
    )
  }
  let state: 'new' | 'started' | 'closed' = 'new'
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> = Promise.resolve()

  const run = async (): Promise<void> => {
    try {
      const shouldGoOn = () => state === 'started'
      const result = await rollupDirty(database, { ...jobOptions, wait: false, shouldGoOn })
      onRun?.(result)
    } catch (error) {
      onError?.(error)
    }
    if (state === 'started') timer = setTimeout(begin, intervalMs).unref()
  }
  const begin = (): void => {
    running = run()
  }

  return {
    start: () => {
      if (state !== 'new') return
      state = 'started'
      begin()
    },
    close: async () => {
      state = 'closed'
      clearTimeout(timer)
      await running
    },
  }
}
