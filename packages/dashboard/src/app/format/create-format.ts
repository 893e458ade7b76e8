/** Numbers, days and durations as a language writes them. Moments and days are UTC. */
export type Format = ReturnType<typeof createFormat>

export const createFormat = (locale: string) => {
  // Making a formatter costs as much as using it a thousand times, and most pages need few of them.
  const number = remembered((options: Intl.NumberFormatOptions) => new Intl.NumberFormat(locale, options))
  const date = remembered(
    (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale, { timeZone: 'UTC', ...options }),
  )
  // As short as each language reads well: 2h 44min, 2 h 44 min.
  const unitDisplay = locale.startsWith('en') ? 'narrow' : 'short'
  const unit = (name: string, value: number, maximumFractionDigits = 0) =>
    number({ style: 'unit', unit: name, unitDisplay, maximumFractionDigits }).format(value)
  const days = () => date({ dateStyle: 'medium' })
  const momentOf = (iso: string, timeStyle: 'short' | 'medium') =>
    `${date({ dateStyle: 'medium', timeStyle }).format(new Date(iso))} UTC`

  return {
    count: known((value: number) => number({}).format(value)),
    /** One decimal at most. */
    decimal: (value: number) => number({ maximumFractionDigits: 1 }).format(value),
    /** 0.25 as 25 %. */
    percent: (value: number) => number({ style: 'percent', maximumFractionDigits: 1 }).format(value),
    /** Short, for an axis: 12K. */
    short: (value: number) => number({ notation: 'compact', maximumFractionDigits: 1 }).format(value),
    /** Milliseconds in the one or two largest units. */
    duration: known((ms: number) => {
      if (ms < 1000) return unit('millisecond', Math.round(ms))
      if (ms < 59_950) return unit('second', ms / 1000, 1)
      const minutes = Math.round(ms / 60_000)
      if (minutes < 60) return unit('minute', minutes)
      if (minutes < 24 * 60) return twoUnits(['hour', minutes / 60], ['minute', minutes % 60], unit)
      const hours = Math.round(ms / 3_600_000)
      return twoUnits(['day', hours / 24], ['hour', hours % 24], unit)
    }),
    day: known((day: string) => days().format(new Date(day))),
    shortDay: (day: string) => date({ day: 'numeric', month: 'short' }).format(new Date(day)),
    range: (from: string, to: string) => days().formatRange(new Date(from), new Date(to)),
    moment: known((iso: string) => momentOf(iso, 'short')),
    /** A moment to the second. */
    second: (iso: string) => momentOf(iso, 'medium'),
  }
}

/** A dash stands for what is not known. */
const known =
  <Value>(write: (value: Value) => string) =>
  (value: Value | null | undefined): string =>
    value == null ? '–' : write(value)

const remembered = <Options extends object, Formatter>(create: (options: Options) => Formatter) => {
  const made = new Map<string, Formatter>()
  return (options: Options): Formatter => {
    const key = JSON.stringify(options)
    const formatter = made.get(key) ?? create(options)
    made.set(key, formatter)
    return formatter
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
