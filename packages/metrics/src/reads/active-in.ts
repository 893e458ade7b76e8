import type { Tables } from '@altcontext/webhook-store'

/**
 * SQL: whether a tenant has completed a scan from one day to another, both included. `activity` is the alias of its row
 * of the activity, which may be missing. Its bits decide where first and last day do not. They are missing only while a server from
 * before `active_days` writes beside this one; then its rollups are looked up.
 */
export const activeInSql = (
  tables: Tables,
  { activity, from, to }: { activity: string; from: string; to: string },
): string => `CASE
    WHEN ${activity}.tenant_id IS NULL OR ${activity}.last_day < ${from} OR ${activity}.first_day > ${to} THEN false
    WHEN ${activity}.last_day <= ${to} OR ${activity}.first_day >= ${from} THEN true
    WHEN ${activity}.active_days IS NOT NULL
      THEN bit_count(substring(${activity}.active_days FROM ${from} - ${activity}.first_day + 1 FOR ${to} - (${from}) + 1)) > 0
    -- With LIMIT, so that PostgreSQL looks the tenant up instead of reading the days of all of them.
    ELSE COALESCE((
      SELECT true FROM ${tables.serviceUsageRollups} rollup
      WHERE rollup.tenant_id = ${activity}.tenant_id AND rollup.owner_id = ${activity}.owner_id
        AND rollup.scans_completed > 0
        AND rollup.day BETWEEN ${from} AND ${to}
      LIMIT 1
    ), false)
  END`
