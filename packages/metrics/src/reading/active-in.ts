import type { Tables } from '@altcontext/webhook-store'

/**
 * SQL: whether a tenant has completed a scan from one day to another, both included. `activity` is the alias of its row
 * of the activity, which may be missing. First, second and last active day decide nearly always; only a tenant that was
 * active before, and after the window again, is looked up.
 */
export const activeInSql = (
  tables: Tables,
  { activity, from, to }: { activity: string; from: string; to: string },
): string => `CASE
    WHEN ${activity}.tenant_id IS NULL OR ${activity}.last_day < ${from} OR ${activity}.first_day > ${to} THEN false
    WHEN ${activity}.last_day <= ${to} OR ${activity}.first_day >= ${from} THEN true
    WHEN ${activity}.second_day >= ${from} THEN ${activity}.second_day <= ${to}
    -- With LIMIT, so that PostgreSQL looks the tenant up instead of reading the days of all of them.
    ELSE COALESCE((
      SELECT true FROM ${tables.serviceUsageRollups} rollup
      WHERE rollup.tenant_id = ${activity}.tenant_id AND rollup.owner_id = ${activity}.owner_id
        AND rollup.scans_completed > 0
        AND rollup.day BETWEEN ${from} AND ${to}
      LIMIT 1
    ), false)
  END`
