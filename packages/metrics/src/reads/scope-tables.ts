import type { Database, LeadScope, Tables } from '@altcontext/webhook-store'

type TableName = keyof Tables

const hostTables: ReadonlySet<string> = new Set<TableName>([
  'leads',
  'leadIdentities',
  'events',
  'sessions',
  'dailyMetricRollups',
  'ingestRejections',
])
// Jobs work for all customers at once.
const sharedTables: ReadonlySet<string> = new Set<TableName>(['serviceUsageRuns'])

/** Rows that belong to none of the host's customers: received before it had any. */
export const ofNobody = (database: Database): Database => ({ ...database, leadScope: { tenantId: '' } })

/**
 * For one customer of the host, every table is a name for that customer's rows of it: no read can forget the filter.
 * PostgreSQL plans such a name as if the filter were where it is used.
 *
 * @returns the tables, SQL of the customer, and the common table expressions of the tables that were asked for so far.
 */
export const scopeTables = (
  tables: Tables,
  leadScope: LeadScope | undefined,
  param: (value: unknown, type: string) => string,
): { tables: Tables; owner: () => string | undefined; queries: () => string[] } => {
  if (leadScope === undefined) return { tables, owner: () => undefined, queries: () => [] }
  const queries = new Map<string, string>()
  const params = new Map<string, string>()
  const customer = (type: 'text' | 'uuid'): string => {
    if (!params.has(type)) params.set(type, param(leadScope.tenantId, type))
    return params.get(type) as string
  }
  const scopedName = (table: string, name: string): string => {
    if (sharedTables.has(table)) return name
    const scoped = `"scoped_${table}"`
    if (!queries.has(scoped)) {
      const filter = hostTables.has(table)
        ? leadScope.tenantId === ''
          ? 'tenant_id IS NULL'
          : `tenant_id = ${customer('uuid')}`
        : `owner_id = ${customer('text')}`
      queries.set(scoped, `${scoped} AS NOT MATERIALIZED (SELECT * FROM ${name} WHERE ${filter})`)
    }
    return scoped
  }
  const scoped = Object.entries(tables).map(([table, name]): [string, PropertyDescriptor] => [
    table,
    { enumerable: true, get: () => scopedName(table, name) },
  ])
  return {
    tables: Object.defineProperties({}, Object.fromEntries(scoped)) as Tables,
    owner: () => customer('text'),
    queries: () => [...queries.values()],
  }
}
