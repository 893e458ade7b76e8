import { addDays, type Day, dayOf } from '../days.ts'
import type { CohortPeriod } from '../responses/cohorts-response.ts'
import type { Window } from '../responses/metric.ts'
import { invalidWindow, resolveWindow } from './window.ts'

const defaultPeriods = 12
// Every cohort has a share for each period since: without a limit one request could ask for a triangle of half a century.
const maxPeriodsBack = 260

/** The first day of the week, a Monday, or of the month that a day is in. */
export const startOfPeriod = (day: Day, by: CohortPeriod): Day => {
  if (by === 'month') return `${day.slice(0, 7)}-01`
  const daysSinceMonday = (new Date(day).getUTCDay() + 6) % 7
  return addDays(day, -daysSinceMonday)
}

/** The first day of the period that comes `periods` after the one that begins on `start`. */
export const laterPeriod = (start: Day, by: CohortPeriod, periods: number): Day => {
  if (by === 'week') return addDays(start, 7 * periods)
  const date = new Date(start)
  return dayOf(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + periods, 1))
}

export const endOfPeriod = (start: Day, by: CohortPeriod): Day => addDays(laterPeriod(start, by, 1), -1)

/** The starts of all periods from the one that begins on `first` to the one that `last` is in. */
export const periodsBetween = (first: Day, last: Day, by: CohortPeriod): Day[] => {
  const starts: Day[] = []
  for (let start = first; start <= last; start = laterPeriod(start, by, 1)) starts.push(start)
  return starts
}

/**
 * Fills and checks a window of cohorts, and widens it to whole periods: by default twelve of them, ending with the one of today.
 *
 * @throws {MetricsError} `invalid_request`, naming `from` or `to`.
 */
export const resolveCohortWindow = (
  { from, to, by }: { from?: string | undefined; to?: string | undefined; by: CohortPeriod },
  nowMs: number,
): Window => {
  const asked = resolveWindow({ from, to }, nowMs)
  const last = startOfPeriod(asked.to, by)
  const first = from === undefined ? laterPeriod(last, by, 1 - defaultPeriods) : startOfPeriod(asked.from, by)
  const oldest = laterPeriod(startOfPeriod(dayOf(nowMs), by), by, -maxPeriodsBack)
  if (first < oldest) {
    throw invalidWindow([
      {
        path: from === undefined ? 'to' : 'from',
        message: `Expected a cohort of the last ${maxPeriodsBack} ${by}s, from ${oldest} on`,
      },
    ])
  }
  return { from: first, to: endOfPeriod(last, by) }
}
