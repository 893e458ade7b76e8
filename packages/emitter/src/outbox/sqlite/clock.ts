import type { OutboxTime, OutboxTimes } from '../durable/outbox-storage.ts'
import { createSteadyClock } from '../durable/steady-clock.ts'
import type { SqliteDatabase } from './database.ts'

/** What the outbox knows about the time, kept in its file. The clock is this machine's. */
export interface SqliteClock extends OutboxTimes {
  /** The time that is written to the file: never behind what the file knows, and not moved when the machine's clock is set. */
  nowMs(): number
}

export const createSqliteClock = (database: SqliteDatabase): SqliteClock => {
  const { db, write } = database
  const steady = createSteadyClock(readTime(database)?.timeMs)
  const keepTime = db.prepare('UPDATE clock SET mark = max(mark, ?), is_confirmed = max(is_confirmed, ?)')
  const confirmTime = db.prepare('UPDATE clock SET mark = ?, is_confirmed = 1')
  const correctTimes = db.prepare(
    `UPDATE events SET accepted_at = min(accepted_at + max(:by, 0), :now), changed_at = min(changed_at + max(:by, 0), :now),
       due_at = iif(due_at > :now AND :by < 0, max(due_at - :ahead, 1), due_at)
     WHERE :by > 0 AND accepted_at < :before OR max(accepted_at, changed_at) > :now`,
  )

  return {
    nowMs: steady.nowMs,
    // Read again, because the time with which the process began may have been corrected since.
    readClock: () => ({ nowMs: Date.now(), time: readTime(database) }),
    keepTime: ({ timeMs, isConfirmed }) =>
      write('lazy', () => void keepTime.run(Math.round(timeMs), isConfirmed ? 1 : 0)),

    correctTimes({ beforeMs, byMs, nowMs }) {
      const now = Math.round(nowMs)
      // Waits end by the clock of this process, which may be ahead of the time that was kept.
      const ahead = steady.nowMs() - now
      write('durable', () => {
        correctTimes.run({ by: Math.round(byMs), before: Math.round(beforeMs), ahead, now })
        confirmTime.run(now)
      })
      if (byMs < 0) steady.set(now)
    },

    // Done when the file is opened.
    releaseFutureWaits() {},
  }
}

/** The last moment that the file knows of, if there is one. */
export const readTime = ({ db }: SqliteDatabase): OutboxTime | undefined => {
  const { mark, is_confirmed: isConfirmed } = db.prepare('SELECT mark, is_confirmed FROM clock').get() as {
    mark: number
    is_confirmed: number
  }
  return mark === 0 ? undefined : { timeMs: mark, isConfirmed: isConfirmed === 1 }
}
