import { type Database, sqlStateOf, type Tables } from '@altcontext/webhook-store'
import { patientMs } from './rollup-lock.ts'

const told = new WeakSet<Database>()

/**
 * Lets PostgreSQL analyse tables of which a job has changed many rows: until then, or until autovacuum does so, it plans every read
 * for the table as it was. A table that is already being vacuumed or analysed is left out: waiting for it would end an autovacuum.
 *
 * @param isVacuumed - also lets it record which pages are wholly visible: otherwise a read of an index looks up every row in the
 * table as well. If the host begins a transaction around every statement, that has to wait for autovacuum.
 *
 * The role must own the table or, from PostgreSQL 17 on, have been granted `MAINTAIN`. For any other role a warning says so, once for
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

/** The tables that a backfill writes, and from which a purge deletes. */
export const usageTables = (tables: Tables): string[] => [
  tables.serviceUsageRollups,
  tables.serviceUsageDailyTotals,
  tables.tenantMilestones,
  tables.tenantActivity,
  tables.activeTenantDays,
  tables.restatements,
]
