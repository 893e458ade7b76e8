import { createDurableOutbox } from '../durable/create-durable-outbox.ts'
import {
  type DurableOutboxOptions,
  invalidOutboxOptions,
  type ResolvedDurableOutboxOptions,
  resolveDurableOutboxOptions,
  resolvePollInterval,
} from '../durable/durable-outbox-options.ts'
import type { Outbox } from '../outbox.ts'
import type { PostgresPool } from './pool.ts'
import { createPostgresStorage, type PostgresStorageOptions } from './storage.ts'

export interface PostgresOutboxOptions extends DurableOutboxOptions {
  /** A `pg.Pool` of the product's database, with room for at least two connections. The caller ends it. */
  pool: PostgresPool
  /** Where tables and functions are. Made when missing. @default 'public' */
  schema?: string | undefined
  /** How often to look for events when no `NOTIFY` comes through (a pooler in between drops them). @default 1_000 */
  pollIntervalMs?: number | undefined
}

/**
 * An outbox in the product's own PostgreSQL. The product inserts events in its transactions with
 * `SELECT webhook_outbox_emit(...)`, in any language; any number of processes deliver them. A process that dies gives its
 * events back when their lease ends.
 *
 * `maxEvents` limits what this process accepts; it never makes a product's transaction fail.
 *
 * @throws {EmitterError} `invalid_options`
 */
export const createPostgresOutbox = (input: PostgresOutboxOptions): Outbox => {
  const options = resolvePostgresOutboxOptions(input)
  return createDurableOutbox(createPostgresStorage(options), options)
}

interface ResolvedPostgresOutboxOptions extends ResolvedDurableOutboxOptions, PostgresStorageOptions {
  pollIntervalMs: number
}

const resolvePostgresOutboxOptions = (options: PostgresOutboxOptions): ResolvedPostgresOutboxOptions => {
  const { pool, schema = 'public' } = options
  const problems: string[] = []
  const resolved = resolveDurableOutboxOptions(options, problems)
  const pollIntervalMs = resolvePollInterval(options.pollIntervalMs, problems)
  if (typeof pool?.query !== 'function' || typeof pool?.connect !== 'function')
    problems.push('pool is no pg pool')
  else if ((pool.options?.max ?? 2) < 2) problems.push('pool has room for 1 connection, expected at least 2')
  if (typeof schema !== 'string' || !/^[^\0]{1,48}$/.test(schema)) {
    problems.push('schema is no name of 1 to 48 characters')
  }
  if (problems.length > 0) throw invalidOutboxOptions('PostgreSQL', problems)
  return { ...resolved, pool, schema, pollIntervalMs }
}
