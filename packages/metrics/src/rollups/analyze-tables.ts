import type { Database, Tables } from '@altcontext/webhook-store'
import { patientMs } from './rollup-lock.ts'

const told = new WeakSet<Database>()

/**
 * Has PostgreSQL look again at tables of which a job has changed many rows: until it does, or autovacuum comes, it plans every reading
 * for the table of before. A table that is being vacuumed or analysed already is left out: to wait would end an autovacuum.
 *
 * A role may do so that owns the table or, from PostgreSQL 17 on, was granted `MAINTAIN`. For any other a warning says so, once for
 * each database, and the tables wait for autovacuum.
 */
export const analyzeTables = async (database: Database, names: readonly string[]): Promise<void> => {
  const known = await database.query<{ name: string; may: boolean }>(
    `SELECT name, CASE WHEN current_setting('server_version_num')::int < 170000
       THEN pg_has_role(relowner, 'USAGE') ELSE has_table_privilege(pg_class.oid, 'MAINTAIN') END AS may
     FROM unnest($1::text[]) AS name JOIN pg_class ON pg_class.oid = to_regclass(name)`,
    [names],
  )
  const allowed = known.flatMap(({ name, may }) => (may ? [name] : []))
  if (allowed.length > 0) {
    await database.query(`ANALYZE (SKIP_LOCKED) ${allowed.join(', ')}`, [], { timeoutMs: patientMs })
  }
  if (allowed.length === known.length || told.has(database)) return
  told.add(database)
  const refused = known.flatMap(({ name, may }) => (may ? [] : [name]))
  process.emitWarning(
    `The database's role may not analyse ${refused.join(', ')}, of which a job has just changed many rows: until autovacuum comes, readings may be slow. Let it, from PostgreSQL 17 on, with GRANT MAINTAIN, or run such jobs as the tables' owner.`,
    { type: 'WebhookMetricsWarning', code: 'tables_not_analyzed' },
  )
}

/** The tables that a backfill writes, and a purge takes from. */
export const usageTables = (tables: Tables): string[] => [
  tables.serviceUsageRollups,
  tables.serviceUsageDailyTotals,
  tables.tenantMilestones,
  tables.tenantActivity,
  tables.activeTenantDays,
  tables.restatements,
]
