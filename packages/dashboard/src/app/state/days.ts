/** UTC days as `YYYY-MM-DD` text, as the metrics routes speak them. */
export type Day = string

const dayMs = 86_400_000
const toDay = (ms: number): Day => new Date(ms).toISOString().slice(0, 10)

export const shiftDay = (day: Day, days: number): Day => toDay(Date.parse(day) + days * dayMs)

/** Days in an inclusive range. */
export const countDays = (from: Day, to: Day): number => (Date.parse(to) - Date.parse(from)) / dayMs + 1

/** The same day of another month, or that month's last day. */
export const shiftMonth = (day: Day, months: number): Day => {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number)
  const lastDate = new Date(Date.UTC(year, month - 1 + months + 1, 0)).getUTCDate()
  return toDay(Date.UTC(year, month - 1 + months, Math.min(date, lastDate)))
}

const firstOfMonth = (day: Day): Day => `${day.slice(0, 7)}-01`

export const isDay = (text: string): boolean => {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false
  const ms = Date.parse(text)
  return !Number.isNaN(ms) && toDay(ms) === text
}

export interface Range {
  from: Day
  to: Day
}

export const presets = ['7d', '30d', '90d', '365d', 'month', 'last-month'] as const
export type Preset = (typeof presets)[number]

/** The days of a preset, seen from `today`. */
export const presetRange = (preset: Preset, today: Day): Range => {
  if (preset === 'month') return { from: firstOfMonth(today), to: today }
  if (preset === 'last-month') {
    const to = shiftDay(firstOfMonth(today), -1)
    return { from: firstOfMonth(to), to }
  }
  return { from: shiftDay(today, 1 - Number.parseInt(preset, 10)), to: today }
}

export const maxRangeDays = 366
export type RangeProblem = 'missing' | 'order' | 'long'

export const rangeProblem = ({ from, to }: Range): RangeProblem | undefined => {
  if (!isDay(from) || !isDay(to)) return 'missing'
  if (from > to) return 'order'
  return countDays(from, to) > maxRangeDays ? 'long' : undefined
}

/** Roadmap §8: rollups follow the 24-month policy. */
export const isPastRetention = ({ to }: Range, today: Day): boolean => to < shiftMonth(today, -24)
