import { addDays, type Day, dayOf } from '../days.ts'
import { MetricsError } from '../metrics-error.ts'
import type { Window } from '../responses/metric.ts'

/** A week of ISO 8601, from Monday to Sunday, as it is written and as its days. */
export interface IsoWeek {
  /** `2026-W47` */
  name: string
  window: Window
}

/**
 * The week of that name.
 *
 * @throws {MetricsError} `invalid_request` for anything that is not a week of the calendar.
 */
export const parseWeek = (name: string): IsoWeek => {
  const [, year, number] = /^(\d{4})-W(\d{2})$/.exec(name) ?? []
  if (year !== undefined && number !== undefined) {
    // The week with the 4th of January is the first.
    const week = weekOf(addDays(weekOf(`${year}-01-04`).window.from, 7 * (Number(number) - 1)))
    if (week.name === name && year >= '1970') return week
  }
  const message = 'Expected a week of the calendar, such as 2026-W47'
  throw new MetricsError('invalid_request', `Failed to read the week: ${message}.`, [
    { path: 'week', message },
  ])
}

/** The last week that is over. */
export const lastWholeWeek = (nowMs: number): IsoWeek => weekOf(addDays(dayOf(nowMs), -7))

/** The week that a day is in. Its year is that of its Thursday. */
export const weekOf = (day: Day): IsoWeek => {
  const from = addDays(day, -((new Date(day).getUTCDay() + 6) % 7))
  const thursday = addDays(from, 3)
  const number = 1 + Math.floor((Date.parse(thursday) - Date.parse(`${thursday.slice(0, 4)}-01-01`)) / weekMs)
  return {
    name: `${thursday.slice(0, 4)}-W${String(number).padStart(2, '0')}`,
    window: { from, to: addDays(from, 6) },
  }
}

const weekMs = 7 * 86_400_000
