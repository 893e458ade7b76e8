import { type Day, isDay } from '../days.ts'
import { invalidRequest } from '../metrics-error.ts'

/**
 * Checks the days that a job was given.
 *
 * @throws {MetricsError} `invalid_request`
 */
export const checkDayRange = ({ from, to }: { from?: Day | undefined; to?: Day | undefined }): void => {
  const issues = Object.entries({ from, to })
    .filter(([, day]) => day !== undefined && !isDay(day))
    .map(([path]) => ({ path, message: 'Expected a day of the calendar from 1970 on, as YYYY-MM-DD' }))
  if (issues.length === 0 && from !== undefined && to !== undefined && from > to) {
    issues.push({ path: 'from', message: 'Expected a day that is not after "to"' })
  }
  if (issues.length === 0) return
  throw invalidRequest('read the range of days', issues)
}
