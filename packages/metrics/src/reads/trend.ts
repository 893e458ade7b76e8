import type { Day } from '../days.ts'
import type { TrendRow } from '../responses/service-usage-response.ts'
import type { ActiveTenants } from './active-tenants-part.ts'
import type { DailySums } from './usage-part.ts'

interface TrendOptions {
  neverRolledUp: boolean
  today: Day
  /** For each day; null for one tenant. */
  activeTenants: readonly ActiveTenants[] | null
}

/** One row for every day. */
export const toTrend = (
  days: readonly DailySums[],
  { neverRolledUp, today, activeTenants }: TrendOptions,
): TrendRow[] =>
  days.map((sums, index) => ({
    ...(neverRolledUp
      ? { day: sums.day, ...unknownCounts }
      : toTrendRow(sums, activeTenants === null ? ofOneTenant : activeTenants[index])),
    isOpen: sums.day >= today,
  }))

const toTrendRow = (
  { durationSumMs: _sum, durationCount: _count, ...row }: DailySums,
  active: ActiveTenants | typeof ofOneTenant = noActivity,
): Omit<TrendRow, 'isOpen'> => ({ activeReason: null, ...row, ...active, reason: null })

const noActivity: ActiveTenants = { dailyActiveTenants: 0, weeklyActiveTenants: 0, monthlyActiveTenants: 0 }

const unknownActivity = { dailyActiveTenants: null, weeklyActiveTenants: null, monthlyActiveTenants: null }

const ofOneTenant = { ...unknownActivity, activeReason: 'one_tenant' as const }

const unknownCounts = {
  scansCompleted: null,
  scansFailed: null,
  mediaProcessed: null,
  identitiesDetected: null,
  clustersCreated: null,
  suggestionsGenerated: null,
  suggestionsResolved: null,
  ...unknownActivity,
  reason: 'never_rolled_up',
  activeReason: 'never_rolled_up',
} as const
