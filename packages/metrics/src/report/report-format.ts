import type { Day } from '../days.ts'
import type { Window } from '../responses/metric.ts'
import type { ReportLanguage } from './report-words.ts'

/** Numbers and days as a language writes them. Days are UTC. */
export interface ReportFormat {
  count(value: number): string
  percent(value: number): string
  /** With its sign: +12 %. */
  change(value: number): string
  /** A difference between shares, with its sign: +1.2. */
  points(value: number): string
  weekday(day: Day): string
  range(window: Window): string
  moment(iso: string): string
}

export const createReportFormat = (language: ReportLanguage): ReportFormat => {
  const number = (options?: Intl.NumberFormatOptions) => new Intl.NumberFormat(language, options)
  const date = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : language, { timeZone: 'UTC', ...options })
  const signed = { maximumFractionDigits: 1, signDisplay: 'exceptZero' } as const
  return {
    count: (value) => number().format(value),
    percent: (value) => number({ style: 'percent', maximumFractionDigits: 1 }).format(value),
    change: (value) => number({ style: 'percent', ...signed }).format(value),
    points: (value) => number(signed).format(value * 100),
    weekday: (day) => date({ weekday: 'short', day: 'numeric' }).format(new Date(day)),
    range: ({ from, to }) => date({ dateStyle: 'medium' }).formatRange(new Date(from), new Date(to)),
    moment: (iso) => `${date({ dateStyle: 'medium', timeStyle: 'short' }).format(new Date(iso))} UTC`,
  }
}
