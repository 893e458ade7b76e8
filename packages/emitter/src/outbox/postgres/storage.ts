import { randomInt, randomUUID } from 'node:crypto'
import type { ResolvedDurableOutboxOptions } from '../durable/durable-outbox-options.ts'
import type { OutboxStorage } from '../durable/outbox-storage.ts'
import { createPostgresClock } from './clock.ts'
import { createPostgresCompleteness } from './completeness.ts'
import { createPostgresEvents } from './events.ts'
import { createPostgresListener } from './listener.ts'
import { migratePostgresOutbox, postgresOutboxNames } from './migrations.ts'
import type { PostgresPool } from './pool.ts'
import { longOperationTimeoutMs, operationTimeoutMs, withDeadline } from './pool-with-deadline.ts'
import { postgresFailure } from './postgres-failure.ts'
import { readPostgresCounts } from './read-counts.ts'
import { tryInsert } from './try-insert.ts'

export interface PostgresStorageOptions
  extends Pick<
    ResolvedDurableOutboxOptions,
    'contract' | 'logRetentionMs' | 'deadRetentionMs' | 'deadPrivateFieldsMs'
  > {
  pool: PostgresPool
  schema: string
}

/** Events in the product's database, shared with the programs that insert and the others that deliver. */
export const createPostgresStorage = (options: PostgresStorageOptions): OutboxStorage => {
  const { schema } = options
  const names = postgresOutboxNames(schema)
  // A connection that is never established would keep its place in the pool for ever.
  if (options.pool.options) options.pool.options.connectionTimeoutMillis ||= operationTimeoutMs
  const pool = withDeadline(options.pool, operationTimeoutMs)
  const patientPool = withDeadline(options.pool, longOperationTimeoutMs)
  const holder = { id: randomUUID(), slot: randomInt(16) }
  const events = createPostgresEvents(pool, names, holder, options.contract)
  const tidied = createPostgresEvents(patientPool, names, holder, options.contract)
  let hasFailed = false
  return {
    maxGroupEvents: 500,
    completeness: createPostgresCompleteness(patientPool, names),
    open: () => migratePostgresOutbox({ pool: options.pool, schema }),

    async check() {
      // A full disk shows only in what is written, and a database that refuses to write can still be read.
      if (hasFailed) await tryInsert(pool, names)
      else await pool.query(`SELECT FROM ${names.events} LIMIT 1`)
      hasFailed = false
    },

    async insert(group, limits) {
      hasFailed = true
      const insertion = await events.insert(group, limits)
      hasFailed = false
      return insertion
    },

    claim: events.claim,
    renew: events.renew,
    settle: events.settle,
    ...createPostgresClock(patientPool, names),
    readClock: createPostgresClock(pool, names).readClock,
    dropExpired: tidied.dropExpired,

    async prune(nowMs) {
      await tidied.erasePrivateFieldsOfDead(nowMs - options.deadPrivateFieldsMs, options.contract)
      await tidied.prune(nowMs - options.logRetentionMs, nowMs - options.deadRetentionMs)
    },

    // PostgreSQL's own vacuum does it.
    compact() {},
    readCounts: () => readPostgresCounts(pool, names),
    // Others insert at any time, and only a claim can tell.
    mayHaveWork: () => true,

    listen(onWork) {
      const listener = createPostgresListener(pool, names.channel, onWork)
      return () => listener.close()
    },

    toError: (what, cause) => postgresFailure(`${what} the PostgreSQL outbox`, cause),
    close() {},
  }
}
