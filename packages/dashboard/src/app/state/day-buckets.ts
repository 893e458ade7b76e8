import { type Range, shiftDay } from './days.ts'

/** Days that are drawn as one bar. */
export type DayBucket<Name extends string> = Range & Record<Name, number | null>

/** More days than this are drawn by the week: a bar would be thinner than a finger, and no week would show. */
export const maxDailyBars = 120

/** Monday of the week of a day. */
const weekOf = (day: string): string => shiftDay(day, -((new Date(day).getUTCDay() + 6) % 7))

/**
 * The days as bars: one for each day, or for each week from Monday on; the range may cut the first and the last week. Unknown counts
 * of a day are left out of its week.
 */
export const bucketDays = <Name extends string>(
  rows: readonly ({ day: string } & Record<Name, number | null>)[],
  names: readonly Name[],
): DayBucket<Name>[] => {
  const isDaily = rows.length <= maxDailyBars
  const buckets = new Map<string, DayBucket<Name>>()
  for (const row of rows) {
    const key = isDaily ? row.day : weekOf(row.day)
    const known = buckets.get(key)
    const sums = names.map((name) => [name, sumOf(known?.[name] ?? null, row[name])])
    buckets.set(key, { from: known?.from ?? row.day, to: row.day, ...Object.fromEntries(sums) })
  }
  return [...buckets.values()]
}

const sumOf = (sum: number | null, value: number | null): number | null =>
  value === null ? sum : (sum ?? 0) + value
