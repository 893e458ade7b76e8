/** A UTC day as text: `2026-02-13`. Days compare as text. */
export type Day = string

export const hourMs = 3_600_000
export const dayMs = 24 * hourMs

/** The UTC day of an instant. */
export const dayOf = (ms: number): Day => new Date(ms).toISOString().slice(0, 10)

export const addDays = (day: Day, days: number): Day => dayOf(Date.parse(day) + days * dayMs)

/** Days from `from` to `to`, both included. */
export const countDays = (from: Day, to: Day): number => (Date.parse(to) - Date.parse(from)) / dayMs + 1

/** Every day from `from` to `to`, both included. */
export const daysBetween = (from: Day, to: Day): Day[] =>
  Array.from({ length: countDays(from, to) }, (_, index) => addDays(from, index))

/** The same day of an earlier month, or the last day of that month where it has no such day. */
export const subtractMonths = (day: Day, months: number): Day => {
  const date = new Date(day)
  const dayOfMonth = date.getUTCDate()
  date.setUTCDate(1)
  date.setUTCMonth(date.getUTCMonth() - months)
  const lastOfMonth = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate()
  date.setUTCDate(Math.min(dayOfMonth, lastOfMonth))
  return dayOf(date.getTime())
}

/** The message for a text that is not a day, see {@link isDay}. */
export const dayProblem = 'Expected a day of the calendar from 1970 on, as YYYY-MM-DD'

/** Whether the text is a day of the calendar, from 1970 on: JavaScript and PostgreSQL write the year 0 differently. */
export const isDay = (text: string): boolean =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) &&
  text >= '1970' &&
  !Number.isNaN(Date.parse(text)) &&
  dayOf(Date.parse(text)) === text
