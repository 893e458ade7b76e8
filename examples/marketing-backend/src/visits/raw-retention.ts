import { dayOf, shiftDay } from '../rollups/days.ts'

const retentionDays = 90

/** Everything before this day (UTC) is purged. */
export const oldestKeptDay = (now: Date): string => shiftDay(dayOf(now), -retentionDays)

/** The oldest day that is certainly whole: a purge just after midnight is a day ahead of a request just before. */
export const oldestWholeDay = (now: Date): string => shiftDay(oldestKeptDay(now), 1)
