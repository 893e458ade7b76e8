import type { EventIssue } from '@altcontext/webhook-contract'
import { addDays, countDays, dayOf, dayProblem, isDay } from '../days.ts'
import { invalidRequest, type MetricsError } from '../metrics-error.ts'
import type { Window } from '../responses/metric.ts'

/** The longest window of a report, in days. */
export const longestWindowDays = 366

const defaultWindowDays = 30

/**
 * Fills and checks a window of UTC days: by default the 30 days ending today.
 *
 * @throws {MetricsError} `invalid_request`, naming `from` or `to`.
 */
export const resolveWindow = (
  { from, to }: { from?: string | undefined; to?: string | undefined },
  nowMs: number,
): Window => {
  const issues: EventIssue[] = Object.entries({ from, to })
    .filter(([, day]) => day !== undefined && !isDay(day))
    .map(([path]) => ({ path, message: dayProblem }))
  if (issues.length > 0) throw invalidWindow(issues)

  const last = to ?? dayOf(nowMs)
  const first = from ?? addDays(last, 1 - defaultWindowDays)
  if (first > last) throw invalidWindow([{ path: 'from', message: 'Expected a day that is not after "to"' }])
  if (countDays(first, last) > longestWindowDays) {
    throw invalidWindow([{ path: 'from', message: `Expected at most ${longestWindowDays} days up to "to"` }])
  }
  return { from: first, to: last }
}

/** The window of the same number of days that ends the day before. */
export const previousWindow = ({ from, to }: Window): Window => ({
  from: addDays(from, -countDays(from, to)),
  to: addDays(from, -1),
})

export const invalidWindow = (issues: EventIssue[]): MetricsError => invalidRequest('read the window', issues)
