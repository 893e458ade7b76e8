import type { AnyContract } from '@altcontext/webhook-contract'
import type { Database } from '../database/database.ts'
import { type LeadScopeOf, leadScopeProblem } from '../database/lead-scope.ts'
import { isStoreError, StoreError } from '../store-error.ts'
import { lookAtDatabase, type SeenDatabase, type SeenTable } from './look-at-database.ts'
import { type NeededTable, neededTables } from './needed-tables.ts'

export interface CheckDatabaseOptions<Request = unknown> {
  /** The schema that holds the tables. @default the connection's search path */
  schema?: string | undefined
  /**
   * Checks only the tables that events of this contract are written to, or in which their leads are looked
   * up. @default every table of the bridge, and those of the host that the bridge reads
   */
  contract?: AnyContract | undefined
  /** As given to receiver and metrics. */
  leadScope?: LeadScopeOf<Request> | undefined
}

const oldestVersion = 150_000

/**
 * Checks at start-up what the role sees of the database. Without it some problems would go unnoticed, such as row-level
 * security that hides every lead, and others would appear only with the first event, such as a missing right.
 *
 * @throws {StoreError} `unfit_database`, one message that lists every problem and what to do; `database_unavailable` and
 * whatever else a driver throws when it cannot reach a database.
 */
export const checkDatabase = async <Request>(
  database: Database,
  { schema, contract, leadScope }: CheckDatabaseOptions<Request> = {},
): Promise<void> => {
  const needed = neededTables(schema, contract)
  const seen = await lookAtDatabase(database.withoutContext ?? database, needed)
  const problems = [
    ...versionProblems(seen),
    ...missingTables(seen, needed, schema),
    ...missingColumns(seen, needed),
    ...missingRights(seen),
    ...rowSecurityProblems(seen, { hasContext: database.withoutContext !== undefined, leadScope }),
    ...customerProblems(seen, needed, leadScope),
    ...(await contextProblems(database, leadScope)),
  ]
  if (problems.length === 0) return
  throw new StoreError(
    'unfit_database',
    `Failed to use the database as the role "${seen.role}":\n${problems.map((problem) => `- ${problem}`).join('\n')}`,
  )
}

const versionProblems = ({ versionNumber, version }: SeenDatabase): string[] =>
  versionNumber < oldestVersion
    ? [`PostgreSQL is ${version}, and the oldest that is supported is 15. Upgrade it.`]
    : []

const missingTables = (
  { tables }: SeenDatabase,
  needed: readonly NeededTable[],
  schema: string | undefined,
): string[] => {
  const where = schema === undefined ? 'in the schemas of the search path' : `in the schema "${schema}"`
  const missing = tables.filter(({ exists }) => !exists).map(({ name }) => name)
  const hosts = missing.filter((name) => needed.some((table) => table.isHost && table.name === name))
  const ours = missing.filter((name) => !hosts.includes(name))
  return [
    ...(hosts.length > 0
      ? [
          `Missing ${where}: the host's ${listed(hosts)}. Connect to the host's database, or name the schema with the option schema.`,
        ]
      : []),
    ...(ours.length > 0
      ? [
          `Missing ${where}: the bridge's ${listed(ours)}. Run npx @altcontext/webhook-store install, then npx prisma migrate deploy.`,
        ]
      : []),
  ]
}

const missingColumns = ({ tables }: SeenDatabase, needed: readonly NeededTable[]): string[] =>
  tables
    .filter((table) => table.missingColumns.length > 0)
    .map(({ name, missingColumns: columns }) =>
      needed.some((table) => table.isHost && table.name === name)
        ? `The host's ${name} has no column ${listed(columns)}, which the bridge reads. Add it, or connect to the database that has it.`
        : `${name} has no column ${listed(columns)}: a migration is missing. Run npx @altcontext/webhook-store upgrade, then npx prisma migrate deploy.`,
    )

const missingRights = ({ tables, role }: SeenDatabase): string[] => {
  const byRight = new Map<string, string[]>()
  for (const { name, missingRights: rights, closedSequences } of tables) {
    for (const right of rights) byRight.set(right, [...(byRight.get(right) ?? []), name])
    for (const sequence of closedSequences) {
      byRight.set('USAGE', [...(byRight.get('USAGE') ?? []), `SEQUENCE ${sequence}`])
    }
  }
  return [...byRight].map(
    ([right, names]) =>
      `The role may not ${right} on ${listed(names)}. Run GRANT ${right} ON ${names.join(', ')} TO "${role}".`,
  )
}

const rowSecurityProblems = (
  { tables }: SeenDatabase,
  { hasContext, leadScope }: { hasContext: boolean; leadScope: unknown },
): string[] => {
  const active = tables.filter(({ isRowSecurityActive }) => isRowSecurityActive)
  const bypassed = tables.filter((table) => table.hasRowSecurity && !table.isRowSecurityActive)
  return [
    ...(active.length > 0 && !hasContext
      ? [
          `Row-level security is active on ${names(active)}, and no beforeTransaction sets its context: no lead and no rollup would be found. Give as beforeTransaction what the host runs first in its own transactions.`,
        ]
      : []),
    ...(bypassed.length > 0 && leadScope === undefined
      ? [
          `The host has enabled row-level security on ${names(bypassed)}, and the role bypasses it: it would see the rows of all customers. Connect as the role that the host's server uses, or give leadScope.`,
        ]
      : []),
  ]
}

const customerProblems = (
  { tables }: SeenDatabase,
  needed: readonly NeededTable[],
  leadScope: LeadScopeOf<never> | undefined,
): string[] => {
  const hosts = tables.filter(
    ({ name, exists }) => exists && needed.some((table) => table.isHost && table.name === name),
  )
  const owned = hosts.filter(({ tenantIdType }) => tenantIdType !== null)
  if (leadScope === undefined) {
    return owned.length > 0
      ? [
          `${names(owned)} have a tenant_id, so the host serves customers, and no leadScope says whose rows are meant. Give leadScope: { tenantId }, or a function of the request.`,
        ]
      : []
  }
  const other = owned.filter(({ tenantIdType }) => tenantIdType !== 'uuid')
  const without = hosts.filter(({ tenantIdType }) => tenantIdType === null)
  return [
    ...(typeof leadScope === 'function' ? [] : [leadScopeProblem(leadScope)])
      .filter((problem) => problem !== undefined)
      .map((problem) => `${problem}.`),
    ...(without.length > 0
      ? [
          `leadScope is given, and ${names(without)} have no tenant_id. Leave leadScope out where the host has no customers.`,
        ]
      : []),
    ...(other.length > 0
      ? [`The tenant_id of ${names(other)} is not a UUID. Only hosts with UUIDs are supported.`]
      : []),
  ]
}

/** Whether what the host runs first in a transaction succeeds. */
const contextProblems = async (
  database: Database,
  leadScope: LeadScopeOf<never> | undefined,
): Promise<string[]> => {
  if (database.withoutContext === undefined) return []
  const isKnown = typeof leadScope === 'object' && leadScopeProblem(leadScope) === undefined
  const scoped = (isKnown && database.withLeadScope?.(leadScope)) || database
  try {
    await scoped.transaction((tx) => tx.query('SELECT 1 AS one'))
    return []
  } catch (error) {
    if (!isStoreError(error) || error.code !== 'context_failed') throw error
    const { message } = error.cause as { message?: unknown }
    return [
      `beforeTransaction threw: ${String(message ?? error.cause)}. Correct what it sends: the customer, the function and its schema, or the rights.`,
    ]
  }
}

const names = (tables: readonly SeenTable[]): string => listed(tables.map(({ name }) => name))

const listed = (words: readonly string[]): string => words.join(', ')
