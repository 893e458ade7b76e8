import { createTables, type Database, type Tables } from '@altcontext/webhook-store'
import { scopeTables } from './scope-tables.ts'

/** What all reads share. */
export interface ReadOptions {
  /** The schema that holds the tables. @default the connection's search path */
  schema?: string | undefined
  /** The clock, in milliseconds since 1970. @default Date.now */
  now?: (() => number) | undefined
}

/** What a part of a read is written with. */
export interface ReadContext {
  tables: Tables
  /** SQL of the host's customer for whom the report is read; undefined for all at once. */
  readonly owner: string | undefined
  nowMs: number
  /** Adds a parameter and returns its SQL: `$3::date`. */
  param(value: unknown, type: string): string
  /** Adds a query that several parts read, the first time it is named, and returns its name. It runs once. */
  common(name: string, sql: () => string): string
}

/** One piece of a response: a query of one JSON value, and what to make of it. */
export interface Part<Result> {
  sql: string
  shape?(raw: never): Result
}

/** Without `shape` the value of the query is the result. */
export const part = <Result, Raw = never>(sql: string, shape?: (raw: Raw) => Result): Part<Result> => ({
  sql,
  ...(shape && { shape }),
})

/**
 * Reads all parts in one statement, so that they agree with each other: a statement has one snapshot in every
 * isolation level, and in whatever transaction the host wraps it.
 */
export const readSnapshot = async <Parts extends Record<string, Part<unknown>>>(
  database: Database,
  { schema, now = Date.now }: ReadOptions,
  partsOf: (context: ReadContext) => Parts,
): Promise<{ [Name in keyof Parts]: Parts[Name] extends Part<infer Result> ? Result : never }> => {
  const params: unknown[] = []
  const commonQueries = new Map<string, string>()
  const param: ReadContext['param'] = (value, type) => `$${params.push(value)}::${type}`
  const scoped = scopeTables(createTables(schema), database.leadScope, param)
  const parts = partsOf({
    tables: scoped.tables,
    get owner() {
      return scoped.owner()
    },
    nowMs: now(),
    param,
    common: (name, sql) => {
      if (!commonQueries.has(name)) commonQueries.set(name, sql())
      return name
    },
  })
  const withCommon = [
    ...scoped.queries(),
    ...[...commonQueries].map(([name, sql]) => `${name} AS (${sql})`),
  ].join(',\n')
  // As text, because drivers can be set to read JSON in their own ways.
  const columns = Object.entries(parts).map(([name, { sql }]) => `(${sql})::text AS "${name}"`)
  // A host may set its row-level-security variable per transaction.
  const [row] = await database.transaction((tx) =>
    tx.query<Record<string, string>>(
      `${withCommon && `WITH ${withCommon}\n`}SELECT ${columns.join(',\n')}`,
      params,
    ),
  )
  const shaped = Object.entries(parts).map(([name, { shape = (raw: unknown) => raw }]) => [
    name,
    shape(JSON.parse(row?.[name] ?? 'null') as never),
  ])
  return Object.fromEntries(shaped)
}

/** SQL for an instant as ISO text, from a column that holds UTC. */
export const isoSql = (column: string): string => `to_char(${column}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`

/** SQL for a day as text. */
export const daySql = (column: string): string => `to_char(${column}, 'YYYY-MM-DD')`
