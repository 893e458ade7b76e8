import {
  type Created,
  cohortIn,
  expectedFreshness,
  isIn,
  isNeverRolledUp,
  quotient,
  type Window,
} from './facts.ts'
import { addDays, dayOf, type World } from './world.ts'

interface CohortsQuestion {
  by: 'week' | 'month'
  from: string
  to: string
  channel: string | null
}

/** The first day of the week or month that a day is in. */
const startOf = (day: string, by: CohortsQuestion['by']): string => {
  if (by === 'month') return `${day.slice(0, 8)}01`
  let monday = day
  while (new Date(monday).getUTCDay() !== 1) monday = addDays(monday, -1)
  return monday
}

const lastOf = (day: string, by: CohortsQuestion['by']): string => {
  let last = day
  while (startOf(addDays(last, 1), by) === startOf(day, by)) last = addDays(last, 1)
  return last
}

/** Weeks or months from the one of a day to the one of another. */
const periodsOf = (from: string, to: string, by: CohortsQuestion['by']): Window[] => {
  const periods: Window[] = []
  for (let first = startOf(from, by); first <= to; first = addDays(lastOf(first, by), 1)) {
    periods.push({ from: first, to: lastOf(first, by) })
  }
  return periods
}

export const expectedCohorts = (world: World, owner: number, { by, from, to, channel }: CohortsQuestion) => {
  const today = dayOf(world.nowMs)
  const window = { from: startOf(from, by), to: lastOf(to, by) }
  const asked = periodsOf(window.from, [window.to, today].sort()[0] as string, by)
  const since = periodsOf(window.from, today, by)
  const isUnknown = isNeverRolledUp(world, owner)
  const shareIn = (tenants: readonly Created[], period: Window | undefined) => {
    const base = tenants.length
    const because =
      isUnknown && period !== undefined
        ? 'never_rolled_up'
        : period === undefined || period.to >= today
          ? 'not_over'
          : null
    if (because !== null || period === undefined) return { value: null, count: 0, base, reason: because }
    const active = tenants.filter(({ activeDays }) => activeDays.some((day) => isIn(day, period)))
    return quotient(active.length, base, 'no_tenants_created')
  }
  return {
    ok: true,
    window,
    by,
    channel,
    cohorts: asked.map((period, index) => {
      const tenants = cohortIn(world, owner, period).filter(
        (tenant) => channel === null || (tenant.hasLead ? tenant.channel : 'none') === channel,
      )
      return {
        ...period,
        tenants: tenants.length,
        active: since.map((_, later) => shareIn(tenants, since[index + later])),
      }
    }),
    freshness: expectedFreshness(world, owner, window),
  }
}
