import { schemaNameOption, withMethods } from '@altcontext/webhook-contract/options'
import * as z from 'zod/mini'
import { createDurableOutbox } from '../durable/create-durable-outbox.ts'
import {
  type DurableOutboxOptions,
  durableOutboxShape,
  resolveOutboxOptions,
} from '../durable/durable-outbox-options.ts'
import type { Outbox } from '../outbox.ts'
import { maxOutboxSchemaBytes, postgresOutboxNames } from './migrations.ts'
import type { PostgresPool } from './pool.ts'
import { createPostgresStorage } from './storage.ts'
import { insertInTransaction } from './transactions.ts'
import { createPostgresWriter } from './writer.ts'

export interface PostgresOutboxOptions extends DurableOutboxOptions {
  /**
   * A `pg.Pool` of the product's database, with room for at least two connections. The caller ends it. Accepting, claiming and
   * settling give up a connection that does not respond for 10 seconds and take another; a pool without a
   * `connectionTimeoutMillis` gets one of 10 seconds, because a connection that is never established would keep its place.
   */
  pool: PostgresPool
  /** Where tables and functions are, a name of at most 48 bytes. Created if missing. @default 'public' */
  schema?: string | undefined
  /** How often to look for events that no `NOTIFY` announced. Behind a proxy that drops notifications it is every 200 ms. @default 1_000 */
  pollIntervalMs?: number | undefined
  /**
   * For a process whose events others deliver, for example a relay: it creates no tables, claims nothing, and needs only
   * the right to call `webhook_outbox_emit`. Its `stats()` count nothing: the ledger is kept where events are delivered.
   * @default false
   */
  isWriteOnly?: boolean | undefined
}

/**
 * An outbox in the product's own PostgreSQL. The product inserts events in its transactions with
 * `emit(type, payload, { tx })`, or in any language with `SELECT webhook_outbox_emit(...)`; any number of processes deliver them. The events of a process that
 * dies are free again when their lease ends.
 *
 * `maxEvents` limits what this process accepts; it never makes a product's transaction fail.
 *
 * @throws {EmitterError} `invalid_options`
 */
export const createPostgresOutbox = (input: PostgresOutboxOptions): Outbox => {
  const options = resolveOutboxOptions(postgresOptionsSchema, input, 'open the PostgreSQL outbox')
  if (options.isWriteOnly) return createPostgresWriter(options.pool, options.schema)
  const outbox = createDurableOutbox(createPostgresStorage(options), options)
  let ready: Promise<void> | undefined
  return {
    ...outbox,
    async acceptInTransaction(transaction, event) {
      // The function must be there, or the product's transaction fails.
      ready ??= outbox.check?.()
      await ready?.catch((error) => {
        ready = undefined
        throw error
      })
      await insertInTransaction(transaction, postgresOutboxNames(options.schema), event)
    },
  }
}

const postgresOptionsSchema = z.strictObject({
  ...durableOutboxShape,
  pool: withMethods<PostgresPool>(['query', 'connect'], 'a pg.Pool').check(
    z.refine(({ options }) => (options?.max ?? 2) >= 2, 'has room for 1 connection, expected at least 2'),
  ),
  isWriteOnly: z._default(z.boolean('is not true or false'), false),
  schema: z._default(schemaNameOption(maxOutboxSchemaBytes), 'public'),
} satisfies Record<keyof PostgresOutboxOptions, z.core.$ZodType>)
