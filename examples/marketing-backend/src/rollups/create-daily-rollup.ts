import type { FastifyBaseLogger } from 'fastify'
import type { HostDatabase } from '../database/host-tables.ts'
import { oldestWholeDay } from '../visits/raw-retention.ts'
import { dayOf, daysBetween, shiftDay } from './days.ts'
import { rollUpDays } from './roll-up-days.ts'

export interface DailyRollup {
  /** Call it when something happened at a moment: its day is rolled up in the next run. */
  touch(moment: Date): void
  /** Rolls up today, yesterday and every touched day. */
  run(): Promise<void>
  /** Runs once over all stored days, then every `intervalSeconds`. */
  start(intervalSeconds: number): void
  /** Waits for the run under way. */
  stop(): Promise<void>
}

/** Keeps `daily_metric_rollups` up to date in this process; `rollUpDays` does the work. */
export const createDailyRollup = (
  database: HostDatabase,
  { now, log }: { now: () => Date; log: () => FastifyBaseLogger },
): DailyRollup => {
  const touched = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> = Promise.resolve()

  const run = async () => {
    const at = now()
    const today = dayOf(at)
    const days = new Set([...touched, shiftDay(today, -1), today])
    touched.clear()
    await rollUpDays(database, { days: [...days], now: at })
  }
  const runLogged = (work: () => Promise<unknown>) => {
    running = running.then(work).then(
      () => {},
      (error: unknown) => log().error({ err: error }, 'daily rollup failed'),
    )
    return running
  }

  return {
    touch: (moment) => void touched.add(dayOf(moment)),
    run,
    start(intervalSeconds) {
      const today = dayOf(now())
      const kept = Array.from({ length: daysBetween(oldestWholeDay(now()), today) }, (_, index) =>
        shiftDay(today, -index),
      )
      runLogged(() => rollUpDays(database, { days: kept, now: now() }))
      timer = setInterval(() => runLogged(run), intervalSeconds * 1_000).unref()
    },
    async stop() {
      clearInterval(timer)
      await running
    },
  }
}
