import { type Database, sqlStateOf, type Tables } from '@altcontext/webhook-store'
import { patientMs } from './rollup-lock.ts'

const told = new WeakSet<Database>()

/**
 * Has PostgreSQL look again at tables of which a job has changed many rows: until it does, or autovacuum comes, it plans every reading
 * for the table of before. A table that is being vacuumed or analysed already is left out: to wait would end an autovacuum.
 *
 * @param isVacuumed - also has it note which pages are wholly visible, without which a reading of an index looks up every row in the
 * table as well. Where the host begins a transaction around every statement that has to wait for autovacuum.
 *
 * A role may do so that owns the table or, from PostgreSQL 17 on, was granted `MAINTAIN`. For any other a warning says so, once for
 * each database, and the tables wait for autovacuum.
 */
export const analyzeTables = async (
  database: Database,
  names: readonly string[],
  { isVacuumed = false }: { isVacuumed?: boolean } = {},
): Promise<void> => {
  const known = await database.query<{ name: string; may: boolean }>(
    `SELECT name, CASE WHEN current_setting('server_version_num')::int < 170000
       THEN pg_has_role(relowner, 'USAGE') ELSE has_table_privilege(pg_class.oid, 'MAINTAIN') END AS may
     FROM unnest($1::text[]) AS name JOIN pg_class ON pg_class.oid = to_regclass(name)`,
    [names],
  )
  const allowed = known.flatMap(({ name, may }) => (may ? [name] : []))
  if (allowed.length > 0) {
    const send = (what: string) =>
      database.query(`${what} ${allowed.join(', ')}`, [], { timeoutMs: patientMs })
    const analyze = () => send('ANALYZE (SKIP_LOCKED)')
    await (isVacuumed ? send('VACUUM (ANALYZE, SKIP_LOCKED)').catch(unlessInTransaction(analyze)) : analyze())
  }
  if (allowed.length === known.length || told.has(database)) return
  told.add(database)
  const refused = known.flatMap(({ name, may }) => (may ? [] : [name]))
  process.emitWarning(
    `The database's role may not analyse ${refused.join(', ')}, of which a job has just changed many rows: until autovacuum does, reports may be slow. Allow it, from PostgreSQL 17 on, with GRANT MAINTAIN, or run such jobs as the tables' owner.`,
    { type: 'WebhookMetricsWarning', code: 'tables_not_analyzed' },
  )
}

const activeTransaction = '25001'

const unlessInTransaction =
  (otherwise: () => Promise<unknown>) =>
  (error: unknown): Promise<unknown> => {
    if (sqlStateOf(error) !== activeTransaction) throw error
    return otherwise()
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
