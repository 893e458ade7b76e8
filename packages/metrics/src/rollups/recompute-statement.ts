import type { Database, Tables } from '@altcontext/webhook-store'
import type { Day } from '../days.ts'
import { refreshActivity } from './activity.ts'
import type { CountStrictness } from './count-strictness.ts'
import { totalDays } from './daily-totals.ts'
import type { Restating } from './restatements.ts'
import { usageAggregatesSql, usageColumnNames, usageColumns, usageTypesSql } from './usage-columns.ts'

/** Which tenant days are computed, and how their raw events are found. The first parameters say which. */
interface Scope {
  /** CTEs that the other parts refer to, each ending in a comma. */
  ctes: string
  /** Query of the sums of raw events by tenant and day. */
  raw: string
  /** Query of the archives. */
  archived: string
  /** Whether a row of the rollups, under the alias `rollup`, is in the scope. */
  rollupIn: string
}

const archiveColumns = ['owner_id', 'tenant_id', 'day', ...usageColumnNames]
  .map((name) => `archive.${name}`)
  .join(', ')

const rawOfDays = (
  tables: Tables,
  strictness: CountStrictness,
  firstDay: string,
  lastDay: string,
): string => `
  SELECT owner_id, tenant_id, occurred_at::date AS day, ${usageAggregatesSql(strictness)}
  FROM ${tables.tenantEvents}
  WHERE event_type IN (${usageTypesSql}) AND occurred_at >= ${firstDay} AND occurred_at < ${lastDay} + 1
  GROUP BY owner_id, tenant_id, occurred_at::date`

/** Every tenant day from `$1` to `$2`, both included. */
export const rangeScope = (tables: Tables, strictness: CountStrictness): Scope => ({
  ctes: '',
  raw: rawOfDays(tables, strictness, '$1::date', '$2::date'),
  archived: `SELECT ${archiveColumns} FROM ${tables.serviceUsageArchives} archive
    WHERE archive.day BETWEEN $1::date AND $2::date`,
  rollupIn: 'rollup.day BETWEEN $1::date AND $2::date',
})

const cellScope = (tables: Tables, raw: string): Scope => ({
  ctes: 'cell AS MATERIALIZED (SELECT * FROM unnest($1::text[], $2::text[]::date[], $3::text[]) AS cell(tenant_id, day, owner_id)),',
  raw,
  archived: `SELECT ${archiveColumns} FROM cell JOIN ${tables.serviceUsageArchives} archive USING (tenant_id, day, owner_id)`,
  rollupIn: '(rollup.tenant_id, rollup.day, rollup.owner_id) IN (SELECT tenant_id, day, owner_id FROM cell)',
})

/**
 * The tenant days in the lists `$1` to `$3`, read side by side, when they are few among many: each finds its events by
 * index. (Joined as sets instead, PostgreSQL hashes all events for a few hundred days.)
 */
export const fewCellsScope = (tables: Tables, strictness: CountStrictness): Scope =>
  cellScope(
    tables,
    `SELECT cell.owner_id, cell.tenant_id, cell.day, ${usageColumnNames.map((name) => `raw.${name}`).join(', ')}
    FROM cell CROSS JOIN LATERAL (
      SELECT count(*) AS events, ${usageAggregatesSql(strictness)}
      FROM ${tables.tenantEvents}
      WHERE event_type IN (${usageTypesSql}) AND tenant_id = cell.tenant_id AND owner_id = cell.owner_id
        AND occurred_at >= cell.day AND occurred_at < cell.day + 1
    ) raw
    WHERE raw.events > 0`,
  )

/**
 * The tenant days in the lists `$1` to `$3`, read side by side, when they are many: one pass over the days they span, from
 * `$4` to `$5`, which the planner has to know.
 */
export const manyCellsScope = (tables: Tables, strictness: CountStrictness): Scope =>
  cellScope(
    tables,
    `SELECT scanned.* FROM (${rawOfDays(tables, strictness, '$4::date', '$5::date')}) scanned
    JOIN cell USING (tenant_id, day, owner_id)`,
  )

/**
 * CTEs up to `computed`: what the rollups of the scope must say, archive plus raw events, with
 * sums clamped to their columns and the average divided once.
 */
export const computedCtes = ({ ctes, raw, archived }: Scope): string => `${ctes}
raw AS MATERIALIZED (${raw}
),
added AS (
  SELECT owner_id, tenant_id, day, ${usageColumnNames.map((name) => `sum(${name}) AS ${name}`).join(', ')}
  FROM (SELECT * FROM raw UNION ALL ${archived}) source
  GROUP BY owner_id, tenant_id, day
),
computed AS MATERIALIZED (
  SELECT owner_id, tenant_id, day,
    ${usageColumns.map(({ column, largest }) => `GREATEST(LEAST(${column}, ${largest}), 0) AS ${column}`).join(',\n    ')},
    CASE WHEN scan_duration_count > 0
      THEN GREATEST(LEAST(round(scan_duration_sum_ms / scan_duration_count), 2147483647), 0) END AS avg_scan_duration_ms
  FROM added
)`

/** The columns of a rollup that are computed. */
export const computedColumns: readonly string[] = [...usageColumnNames, 'avg_scan_duration_ms']

/** What a recomputation did: tenant days computed, rollups written because they had changed, and rollups deleted. */
export interface Recomputed {
  cells: number
  changed: number
  removed: number
}

interface RecomputeOptions {
  /** The tenant days, as the first parameters of the scope. */
  which: readonly unknown[]
  /** The days that a scope leaves out, as its last two parameters. */
  span?: readonly unknown[]
  /** The days of the scope. */
  days: readonly Day[]
  /** How changes of days that are over are noted; its `nowMs` is the current instant. */
  restating: Restating
}

/**
 * Replaces the rollups of the scope with the computed ones, and with them the totals of their days. Rows that have not
 * changed are not touched, and the row of a tenant day that has no events any more is deleted.
 *
 * The sums of raw events are read first, by a statement that only reads: PostgreSQL gives a statement that writes no more than
 * one processor. An event that is committed between the two has an entry of its own in the dirty log. The second statement reads
 * the archives; only the purge changes them, and it waits for the same lock.
 */
export const recompute = async (
  tx: Database,
  tables: Tables,
  scope: Scope,
  { which, span = [], days, restating }: RecomputeOptions,
): Promise<Recomputed> => {
  const { nowMs } = restating
  const [read] = await tx.query<{ sums: string }>(sumsStatement(scope), [...which, ...span])
  const [replaced] = await tx.query<Recomputed & { flips: string; newcomers: string }>(
    replaceStatement(tables, scope, which.length),
    [...which, new Date(nowMs).toISOString(), read?.sums ?? '[]'],
  )
  const { flips = '[]', newcomers = '[]', cells = 0, changed = 0, removed = 0 } = replaced ?? {}
  await totalDays(tx, tables, { days, restating })
  await refreshActivity(tx, tables, { flips, nowMs })
  await listTenants(tx, tables, { newcomers, nowMs })
  return { cells, changed, removed }
}

/**
 * Gives tenants with a rollup a row among the milestones even if they have reached none, because the list of tenants reads those. It
 * comes last, because an event of such a tenant waits for the end of this transaction.
 */
const listTenants = async (
  tx: Database,
  tables: Tables,
  { newcomers, nowMs }: { newcomers: string; nowMs: number },
): Promise<void> => {
  if (newcomers === '[]') return
  await tx.query(
    `INSERT INTO ${tables.tenantMilestones} (owner_id, tenant_id, updated_at)
     SELECT owner_id, tenant_id, $2::timestamp(3)
     FROM json_to_recordset($1::json) AS newcomer(owner_id text, tenant_id text)
     ORDER BY tenant_id
     ON CONFLICT (tenant_id, owner_id) DO NOTHING`,
    [newcomers, new Date(nowMs).toISOString()],
  )
}

/** As one JSON text: the same with every driver, and exact for numbers of any size. */
const sumsStatement = ({ ctes, raw }: Scope): string => `
WITH ${ctes} raw AS (${raw}
)
SELECT COALESCE(json_agg(raw), '[]')::text AS sums FROM raw`

const givenSums = (param: string) => `
  SELECT * FROM json_to_recordset(${param}::text::json)
    AS sums(owner_id text, tenant_id text, day date, ${usageColumnNames.map((name) => `${name} numeric`).join(', ')})`

/**
 * After the parameters of the scope come the current instant and the sums of raw events. Its `flips` are the tenant days
 * that have a completed scan now and had none before, or the reverse; its `newcomers` are the tenants without a row among the
 * milestones.
 */
const replaceStatement = (tables: Tables, scope: Scope, paramsBefore: number): string => {
  const at = `$${paramsBefore + 1}::timestamp(3)`
  return `
WITH ${computedCtes({ ...scope, raw: givenSums(`$${paramsBefore + 2}`) })},
before AS MATERIALIZED (
  SELECT owner_id, tenant_id, day, scans_completed > 0 AS was_active FROM ${tables.serviceUsageRollups} rollup
  WHERE ${scope.rollupIn}
),
changed AS (
  INSERT INTO ${tables.serviceUsageRollups} AS rollup
    (id, owner_id, tenant_id, day, ${computedColumns.join(', ')}, generated_at, created_at, updated_at)
  SELECT gen_random_uuid()::text, owner_id, tenant_id, day, ${computedColumns.join(', ')},
    ${at}, ${at}, ${at}
  FROM computed
  ORDER BY tenant_id, day
  ON CONFLICT (tenant_id, day, owner_id) DO UPDATE SET
    ${computedColumns.map((name) => `${name} = EXCLUDED.${name}`).join(', ')},
    generated_at = EXCLUDED.generated_at, updated_at = EXCLUDED.updated_at
  WHERE (${computedColumns.map((name) => `rollup.${name}`).join(', ')})
    IS DISTINCT FROM (${computedColumns.map((name) => `EXCLUDED.${name}`).join(', ')})
  RETURNING owner_id, tenant_id, day, scans_completed > 0 AS is_active
),
removed AS (
  DELETE FROM ${tables.serviceUsageRollups} rollup
  WHERE ${scope.rollupIn}
    AND NOT EXISTS (
      SELECT FROM computed WHERE computed.tenant_id = rollup.tenant_id AND computed.day = rollup.day AND computed.owner_id = rollup.owner_id
    )
  RETURNING owner_id, tenant_id, day, false AS is_active
)
SELECT
  (
    SELECT COALESCE(json_agg(json_build_object('owner_id', owner_id, 'tenant_id', tenant_id, 'day', day, 'is_active', is_active)), '[]')::text
    FROM (SELECT * FROM changed UNION ALL SELECT * FROM removed) written
    LEFT JOIN before USING (tenant_id, day, owner_id)
    WHERE is_active <> COALESCE(was_active, false)
  ) AS flips,
  (
    SELECT COALESCE(json_agg(DISTINCT jsonb_build_object('owner_id', owner_id, 'tenant_id', tenant_id)), '[]')::text
    FROM changed
    WHERE NOT EXISTS (
      SELECT FROM ${tables.tenantMilestones} milestone
      WHERE milestone.tenant_id = changed.tenant_id AND milestone.owner_id = changed.owner_id
    )
  ) AS newcomers,
  (SELECT count(*)::int FROM computed) AS cells,
  (SELECT count(*)::int FROM changed) AS changed,
  (SELECT count(*)::int FROM removed) AS removed`
}
