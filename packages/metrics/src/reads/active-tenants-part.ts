import type { Window } from '../responses/metric.ts'
import { type Part, part, type ReadContext } from './read-snapshot.ts'

/** How many tenants completed a scan on a day, and in the 7 and 30 days that end with it. */
export interface ActiveTenants {
  dailyActiveTenants: number
  weeklyActiveTenants: number
  monthlyActiveTenants: number
}

/**
 * One entry for every day of the window. A day that was counted has its count; between counted days no tenant was active; after
 * the last of them none has been active since, so every tenant's last active day decides.
 */
export const activeTenantsPart = ({ tables, param }: ReadContext, window: Window): Part<ActiveTenants[]> => {
  const [from, to] = [param(window.from, 'date'), param(window.to, 'date')]
  return part(
    `SELECT json_agg(json_build_array(
      COALESCE(counted.daily, later.daily, 0), COALESCE(counted.weekly, later.weekly, 0), COALESCE(counted.monthly, later.monthly, 0)
    ) ORDER BY days.day)
    FROM (SELECT ${from} + step AS day FROM generate_series(0, ${to} - ${from}) AS step) days
    LEFT JOIN (
      SELECT day, sum(daily) AS daily, sum(weekly) AS weekly, sum(monthly) AS monthly
      FROM ${tables.activeTenantDays} WHERE day BETWEEN ${from} AND ${to} GROUP BY day
    ) counted ON counted.day = days.day
    LEFT JOIN LATERAL (
      SELECT count(*) FILTER (WHERE last_day = days.day) AS daily,
        count(*) FILTER (WHERE last_day > days.day - 7) AS weekly, count(*) AS monthly
      FROM ${tables.tenantActivity}
      -- In here, so that tenants are looked up for these days alone.
      WHERE counted.day IS NULL AND days.day > (SELECT max(day) FROM ${tables.activeTenantDays})
        AND last_day > days.day - 30 AND last_day <= days.day
    ) later ON true`,
    (days: [number, number, number][]) =>
      days.map(([dailyActiveTenants, weeklyActiveTenants, monthlyActiveTenants]) => ({
        dailyActiveTenants,
        weeklyActiveTenants,
        monthlyActiveTenants,
      })),
  )
}
