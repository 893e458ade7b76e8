import type { Database, Tables } from '@altcontext/webhook-store'
import { type Day, dayOf } from '../days.ts'
import { plausibleSinceByOwnerSql } from './received-since.ts'

/** The columns of {@link Flips}, for `json_to_recordset`. */
const flipColumns = '(owner_id text, tenant_id text, day date)'

/**
 * Brings up to date who was active when, after rollups were replaced: in the same transaction, under the same lock,
 * and in statements of its own, which see the change.
 *
 * @param flips - as JSON text, the tenant days that have a completed scan now and had none before, or the reverse.
 */
export const refreshActivity = async (
  tx: Database,
  tables: Tables,
  { flips, nowMs }: { flips: string; nowMs: number },
): Promise<void> => {
  if (flips !== '[]') await tx.query(tenantsStatement(tables), [flips])
  await countActiveTenants(tx, tables, { flips, today: dayOf(nowMs) })
}

/** Query of the first day of every owner on which a scan is plausible: a day that a wrong clock names is no day of activity. */
const plausibleDaysSql = (tables: Tables): string =>
  `SELECT owner_id, since::date AS first_day FROM (${plausibleSinceByOwnerSql(tables)}) plausible`

/**
 * First, second and last active day of the tenants that `$1` names, from their rollups. What was known before and did not flip
 * stays: its rollup may be past the retention.
 */
const tenantsStatement = (tables: Tables): string => `
WITH flip AS (SELECT * FROM json_to_recordset($1::json) AS flip${flipColumns}),
flipped AS (
  SELECT owner_id, tenant_id, COALESCE(plausible.first_day, '-infinity') AS plausible_day
  FROM (SELECT DISTINCT owner_id, tenant_id FROM flip) tenants
  LEFT JOIN (${plausibleDaysSql(tables)}) plausible USING (owner_id)
),
known AS (
  SELECT flipped.owner_id, flipped.tenant_id, earliest.days[1] AS first_day, earliest.days[2] AS second_day,
    latest.day AS last_day
  FROM flipped
  CROSS JOIN LATERAL (
    SELECT array_agg(day ORDER BY day) AS days FROM (
      (SELECT day FROM ${tables.serviceUsageRollups} rollup
       WHERE rollup.tenant_id = flipped.tenant_id AND rollup.owner_id = flipped.owner_id AND scans_completed > 0
         AND day >= plausible_day
       ORDER BY day LIMIT 2)
      UNION
      SELECT gone.day FROM ${tables.tenantActivity} activity
      CROSS JOIN LATERAL (VALUES (activity.first_day), (activity.second_day)) AS gone(day)
      WHERE activity.tenant_id = flipped.tenant_id AND activity.owner_id = flipped.owner_id
        AND gone.day >= plausible_day
        AND NOT EXISTS (
          SELECT FROM flip
          WHERE flip.tenant_id = flipped.tenant_id AND flip.owner_id = flipped.owner_id AND flip.day = gone.day
        )
    ) days
  ) earliest
  LEFT JOIN LATERAL (
    SELECT day FROM ${tables.serviceUsageRollups} rollup
    WHERE rollup.tenant_id = flipped.tenant_id AND rollup.owner_id = flipped.owner_id AND scans_completed > 0
      AND day >= plausible_day
    ORDER BY day DESC LIMIT 1
  ) latest ON true
),
written AS (
  INSERT INTO ${tables.tenantActivity} AS activity (owner_id, tenant_id, first_day, second_day, last_day)
  SELECT owner_id, tenant_id, first_day, second_day, COALESCE(last_day, second_day, first_day)
  FROM known WHERE first_day IS NOT NULL
  ORDER BY tenant_id
  ON CONFLICT (tenant_id, owner_id) DO UPDATE SET
    first_day = EXCLUDED.first_day, second_day = EXCLUDED.second_day, last_day = EXCLUDED.last_day
)
DELETE FROM ${tables.tenantActivity}
WHERE (tenant_id, owner_id) IN (SELECT tenant_id, owner_id FROM known WHERE first_day IS NULL)`

/**
 * Daily, weekly and monthly active tenants: of every day that a flip reaches, and of the days up to today that have no
 * count yet.
 */
const countActiveTenants = async (
  tx: Database,
  tables: Tables,
  { flips, today }: { flips: string; today: Day },
): Promise<void> => {
  const [reach] = await tx.query<{ days: Day[]; isLatest: boolean }>(
    `WITH flipped AS (SELECT DISTINCT day FROM json_to_recordset($1::json) AS flip${flipColumns}),
     bounds AS (
       SELECT (SELECT max(last_day) FROM ${tables.tenantActivity}) AS last_active,
         (SELECT max(day) FROM ${tables.activeTenantDays}) AS last_counted,
         (SELECT max(day) FROM flipped) AS last_flipped
     ),
     reached AS (
       SELECT day + age AS day FROM flipped, generate_series(0, 29) AS age
       UNION
       SELECT last_counted + age FROM bounds, generate_series(1, $2::date - last_counted) AS age
       -- Nothing is counted yet: everything since the first activity is.
       UNION
       SELECT day + age FROM flipped, bounds, generate_series(0, $2::date - day) AS age WHERE last_counted IS NULL
     )
     SELECT COALESCE(json_agg(to_char(day, 'YYYY-MM-DD') ORDER BY day), '[]') AS days,
       COALESCE(min(day) >= min(last_active), true) AS "isLatest"
     FROM reached, bounds
     WHERE day <= GREATEST($2::date, last_counted, last_flipped)`,
    [flips, today],
  )
  const days = reach?.days ?? []
  if (days.length === 0) return
  await tx.query(
    `INSERT INTO ${tables.activeTenantDays} AS known (owner_id, day, daily, weekly, monthly)
     ${reach?.isLatest ? latestCountsSql(tables) : countsSql(tables)}
     ON CONFLICT (day, owner_id) DO UPDATE SET daily = EXCLUDED.daily, weekly = EXCLUDED.weekly, monthly = EXCLUDED.monthly
     WHERE (known.daily, known.weekly, known.monthly) IS DISTINCT FROM (EXCLUDED.daily, EXCLUDED.weekly, EXCLUDED.monthly)`,
    [days],
  )
}

/** Every owner has an entry for every day that is counted: a day of nobody is counted too. */
const ownersSql = (tables: Tables): string => `(SELECT DISTINCT owner_id FROM ${tables.tenantActivity}
    UNION SELECT DISTINCT owner_id FROM ${tables.activeTenantDays}) owners`

/** Of the days in `$1`, none of them before the last activity of any tenant: that day alone decides. */
const latestCountsSql = (tables: Tables): string => `
  SELECT owners.owner_id, days.day, count(*) FILTER (WHERE last_day = days.day),
    count(*) FILTER (WHERE last_day > days.day - 7), count(last_day)
  FROM ${ownersSql(tables)}
  CROSS JOIN unnest($1::text[]::date[]) AS days(day)
  LEFT JOIN ${tables.tenantActivity} activity ON activity.owner_id = owners.owner_id AND last_day > days.day - 30
  GROUP BY owners.owner_id, days.day`

/**
 * Of the days in `$1`, in one pass over the rollups that reach them: every active day of a tenant makes it active for
 * the days that follow, until its next one begins the same again.
 */
const countsSql = (tables: Tables): string => `
  SELECT owner_id, day, daily, weekly, monthly FROM (
    SELECT owner_id, days.day,
      sum(COALESCE(daily, 0)) OVER upto AS daily,
      sum(COALESCE(weekly, 0)) OVER upto AS weekly,
      sum(COALESCE(monthly, 0)) OVER upto AS monthly
    FROM ${ownersSql(tables)}
    CROSS JOIN (
      SELECT first_day + age AS day
      FROM (SELECT min(day) - 29 AS first_day, max(day) AS last_day FROM unnest($1::text[]::date[]) AS asked(day)) span,
        generate_series(0, last_day - first_day) AS age
    ) days
    LEFT JOIN (
      SELECT owner_id, change.day, sum(change.daily) AS daily, sum(change.weekly) AS weekly, sum(change.monthly) AS monthly
      FROM (
        SELECT owner_id, day, lead(day) OVER (PARTITION BY owner_id, tenant_id ORDER BY day) AS next_day
        FROM ${tables.serviceUsageRollups}
        LEFT JOIN (${plausibleDaysSql(tables)}) plausible USING (owner_id)
        WHERE scans_completed > 0 AND day >= COALESCE(plausible.first_day, day)
          AND day >= (SELECT min(day) - 29 FROM unnest($1::text[]::date[]) AS asked(day))
          AND day <= (SELECT max(day) FROM unnest($1::text[]::date[]) AS asked(day))
      ) active
      CROSS JOIN LATERAL (VALUES
        (active.day, 1, 1, 1),
        (active.day + 1, -1, 0, 0),
        (LEAST(active.next_day, active.day + 7), 0, -1, 0),
        (LEAST(active.next_day, active.day + 30), 0, 0, -1)
      ) AS change(day, daily, weekly, monthly)
      GROUP BY owner_id, change.day
    ) changes USING (owner_id, day)
    WINDOW upto AS (PARTITION BY owner_id ORDER BY days.day)
  ) counted
  WHERE day = ANY($1::text[]::date[])`
