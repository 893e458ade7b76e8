import type { Database, Tables } from '@altcontext/webhook-store'
import { type Day, dayOf } from '../days.ts'
import { plausibleSinceByOwnerSql } from './received-since.ts'

/** The columns of flips, for `json_to_recordset`. */
const flipColumns = '(owner_id text, tenant_id text, day date, is_active boolean)'

/**
 * Updates which tenants were active when, after rollups were replaced: in the same transaction, under the same lock,
 * and in statements of its own, which see the change.
 *
 * @param flips - as JSON text, the tenant days that have a completed scan now and had none before, or the reverse: `is_active` says
 *   which.
 */
export const refreshActivity = async (
  tx: Database,
  tables: Tables,
  { flips, nowMs }: { flips: string; nowMs: number },
): Promise<void> => {
  if (flips !== '[]') await tx.query(tenantsStatement(tables), [flips])
  await countActiveTenants(tx, tables, { flips, today: dayOf(nowMs) })
}

/** Query of the first day of every owner on which a scan is plausible: a day named by a wrong clock does not count. */
const plausibleDaysSql = (tables: Tables): string =>
  `SELECT owner_id, since::date AS first_day FROM (${plausibleSinceByOwnerSql(tables)}) plausible`

/**
 * The active days of the tenants that `$1` names: the known days, with those that have flipped. Days that did not flip stay: their
 * rollups may be past the retention. Rollups are read only for a tenant that is new, or whose row a server from before `active_days`
 * has written.
 *
 * Bits throughout, and no join of one list of tenants with another: as text, or joined by a planner that does not know their number,
 * the same takes ten times as long for a thousand tenants.
 */
const tenantsStatement = (tables: Tables): string => `
WITH flipped AS (
  SELECT owner_id, tenant_id, COALESCE(plausible.first_day, '-infinity') AS plausible_day,
    array_agg(day) AS days, array_agg(is_active) AS are_active
  FROM json_to_recordset($1::json) AS flip${flipColumns}
  LEFT JOIN (${plausibleDaysSql(tables)}) plausible USING (owner_id)
  GROUP BY owner_id, tenant_id, plausible.first_day
),
now_active AS MATERIALIZED (
  SELECT flipped.owner_id, flipped.tenant_id, from_day, COALESCE(before & ~changed | active, before) AS bits
  FROM flipped
  LEFT JOIN ${tables.tenantActivity} activity ON activity.tenant_id = flipped.tenant_id AND activity.owner_id = flipped.owner_id
    AND activity.active_days IS NOT NULL AND activity.first_day >= plausible_day
  CROSS JOIN LATERAL (
    SELECT min(day) AS first_day, string_agg(repeat('0', day - day_before - 1) || '1', '' ORDER BY day)::varbit AS bits
    FROM (
      SELECT day, lag(day, 1, day - 1) OVER (ORDER BY day) AS day_before FROM (
        SELECT day FROM ${tables.serviceUsageRollups} rollup
        WHERE rollup.tenant_id = flipped.tenant_id AND rollup.owner_id = flipped.owner_id AND scans_completed > 0
        UNION
        SELECT gone.day FROM ${tables.tenantActivity} gone_activity
        CROSS JOIN LATERAL (VALUES (first_day), (second_day), (last_day)) AS gone(day)
        WHERE gone_activity.tenant_id = flipped.tenant_id AND gone_activity.owner_id = flipped.owner_id
      ) days
      WHERE day >= plausible_day
    ) spaced
    WHERE activity.tenant_id IS NULL
  ) rebuilt
  CROSS JOIN LATERAL (
    SELECT COALESCE(activity.first_day, rebuilt.first_day) AS first_day, COALESCE(activity.active_days, rebuilt.bits, '') AS bits
  ) known
  CROSS JOIN LATERAL (
    SELECT LEAST(known.first_day, min(day)) AS from_day, GREATEST(known.first_day + length(known.bits) - 1, max(day)) AS to_day
    FROM unnest(flipped.days) AS flip(day) WHERE day >= plausible_day
  ) span
  CROSS JOIN LATERAL (SELECT COALESCE(known.first_day - from_day, 0) AS zeros) earlier
  CROSS JOIN LATERAL (
    SELECT repeat('0', zeros)::varbit || known.bits
      || repeat('0', to_day - from_day + 1 - zeros - length(known.bits))::varbit AS before
  ) spread
  CROSS JOIN LATERAL (
    SELECT bit_or(set_bit(before # before, day - from_day, 1)) AS changed,
      bit_or(set_bit(before # before, day - from_day, is_active::int)) AS active
    FROM unnest(flipped.days, are_active) AS flip(day, is_active) WHERE day >= plausible_day
  ) flips
),
trimmed AS (
  SELECT owner_id, tenant_id, from_day + position(B'1' IN bits) - 1 AS first_day, substring(bits FROM position(B'1' IN bits)) AS bits
  FROM (
    SELECT owner_id, tenant_id, from_day,
      CASE WHEN get_bit(bits, length(bits) - 1) = 1 THEN bits ELSE rtrim(bits::text, '0')::varbit END AS bits
    FROM now_active
  ) ended
),
written AS (
  INSERT INTO ${tables.tenantActivity} AS activity (owner_id, tenant_id, first_day, second_day, last_day, active_days)
  SELECT owner_id, tenant_id, first_day, first_day + NULLIF(position(B'1' IN substring(bits FROM 2)), 0),
    first_day + length(bits) - 1, bits
  FROM trimmed WHERE length(bits) > 0
  ORDER BY tenant_id
  ON CONFLICT (tenant_id, owner_id) DO UPDATE SET
    first_day = EXCLUDED.first_day, second_day = EXCLUDED.second_day, last_day = EXCLUDED.last_day,
    active_days = EXCLUDED.active_days
)
DELETE FROM ${tables.tenantActivity}
WHERE (tenant_id, owner_id) IN (SELECT tenant_id, owner_id FROM trimmed WHERE COALESCE(length(bits), 0) = 0)`

/**
 * Daily, weekly and monthly active tenants: for every day that a flip reaches, and for the days up to today that have no
 * count yet. A flip on a day that is not plausible reaches none: the days back to it may be seven hundred thousand.
 */
const countActiveTenants = async (
  tx: Database,
  tables: Tables,
  { flips, today }: { flips: string; today: Day },
): Promise<void> => {
  const [reach] = await tx.query<{ days: Day[]; isLatest: boolean }>(
    `WITH flipped AS (
       SELECT DISTINCT day FROM json_to_recordset($1::json) AS flip${flipColumns}
       LEFT JOIN (${plausibleDaysSql(tables)}) plausible USING (owner_id) WHERE day >= COALESCE(first_day, day)
     ),
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

/** Every owner has an entry for every day that is counted: a day on which no tenant was active is counted too. */
const ownersSql = (tables: Tables): string => `(SELECT DISTINCT owner_id FROM ${tables.tenantActivity}
    UNION SELECT DISTINCT owner_id FROM ${tables.activeTenantDays}) owners`

/** For the days in `$1`, none of which is before the last activity of any tenant: that day alone decides. */
const latestCountsSql = (tables: Tables): string => `
  SELECT owners.owner_id, days.day, count(*) FILTER (WHERE last_day = days.day),
    count(*) FILTER (WHERE last_day > days.day - 7), count(last_day)
  FROM ${ownersSql(tables)}
  CROSS JOIN unnest($1::text[]::date[]) AS days(day)
  LEFT JOIN ${tables.tenantActivity} activity ON activity.owner_id = owners.owner_id AND last_day > days.day - 30
  GROUP BY owners.owner_id, days.day`

/**
 * For the days in `$1`, in one pass over the rollups that reach them: every active day of a tenant makes it active for
 * the days that follow, until its next active day starts that again.
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
  -- Joined: looking each day up in the list takes minutes for thirty years.
  JOIN unnest($1::text[]::date[]) AS asked(day) USING (day)`
