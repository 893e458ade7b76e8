/** Numbers, days and durations as a language writes them. Moments and days are UTC. */
export interface Format {
  count(value: number): string
  /** One decimal at most. */
  decimal(value: number): string
  /** 0.25 as 25 %. */
  percent(value: number): string
  /** Short, for an axis: 12K. */
  short(value: number): string
  /** Milliseconds in the one or two largest units. */
  duration(ms: number): string
  day(day: string): string
  shortDay(day: string): string
  range(from: string, to: string): string
  moment(iso: string): string
  time(iso: string): string
}

export const createFormat = (locale: string): Format => {
  const number = (options?: Intl.NumberFormatOptions) => new Intl.NumberFormat(locale, options)
  const date = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(locale, { timeZone: 'UTC', ...options })
  // As short as each language reads well: 2h 44m, 2 h 44 min.
  const unitDisplay = locale.startsWith('en') ? 'narrow' : 'short'
  const unit = (name: string, value: number, maximumFractionDigits = 0) =>
    number({ style: 'unit', unit: name, unitDisplay, maximumFractionDigits }).format(value)

  const [count, decimal] = [number(), number({ maximumFractionDigits: 1 })]
  const percent = number({ style: 'percent', maximumFractionDigits: 1 })
  const short = number({ notation: 'compact', maximumFractionDigits: 1 })
  const day = date({ dateStyle: 'medium' })
  const shortDay = date({ day: 'numeric', month: 'short' })
  const moment = date({ dateStyle: 'medium', timeStyle: 'short' })
  const time = date({ hour: 'numeric', minute: '2-digit' })

  return {
    count: (value) => count.format(value),
    decimal: (value) => decimal.format(value),
    percent: (value) => percent.format(value),
    short: (value) => short.format(value),
    duration(ms) {
      if (ms < 1000) return unit('millisecond', Math.round(ms))
      if (ms < 59_950) return unit('second', ms / 1000, 1)
      const minutes = Math.round(ms / 60_000)
      if (minutes < 60) return unit('minute', minutes)
      if (minutes < 24 * 60) return twoUnits(['hour', minutes / 60], ['minute', minutes % 60], unit)
      const hours = Math.round(ms / 3_600_000)
      return twoUnits(['day', hours / 24], ['hour', hours % 24], unit)
    },
    day: (value) => day.format(new Date(value)),
    shortDay: (value) => shortDay.format(new Date(value)),
    range: (from, to) => day.formatRange(new Date(from), new Date(to)),
    moment: (iso) => `${moment.format(new Date(iso))} UTC`,
    time: (iso) => `${time.format(new Date(iso))} UTC`,
  }
}

type Amount = [unit: string, value: number]

const twoUnits = (
  [largeUnit, large]: Amount,
  [smallUnit, small]: Amount,
  write: (unit: string, value: number) => string,
): string => {
  const first = write(largeUnit, Math.floor(large))
  return small === 0 ? first : `${first} ${write(smallUnit, small)}`
}
