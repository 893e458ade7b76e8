import type { BeforeTransaction, Database, LeadScope } from './database.ts'
import { sqlStateOf } from './database-fault.ts'
import { connectionsOf, type PgPool } from './pg-connections.ts'
import { idleInTransactionMs, queryCanceled, reportSettings, tooSlow } from './report-settings.ts'
import { sendBefore } from './send-before.ts'

export interface FromPgOptions {
  /**
   * Prepares repeated statements once per connection. Behind a proxy that pools transactions and does not
   * keep prepared statements (PgBouncer before 1.21) this stops, with a warning, as soon as a prepared statement is missing;
   * with `false` it never starts. @default true
   */
  prepareStatements?: boolean | undefined
  /**
   * Runs first in every transaction, reads included: for a host whose row-level security needs a context.
   *
   * @example
   * fromPg(pool, { beforeTransaction: (tx) => tx.query('SELECT set_tenant_context($1, $2)', [tenantId, 'public']) })
   */
  beforeTransaction?: BeforeTransaction | undefined
  /**
   * How long a statement may go without a response before its connection is destroyed, in milliseconds; commits, and
   * jobs that are known to take long, have limits of their own. @default 120_000
   */
  timeoutMs?: number | undefined
}

const reportGraceMs = 2000

/**
 * The Database port on a `pg` pool. The pool stays the host's: the host sets its size, its `connectionTimeoutMillis`
 * (without one a connection attempt that gets no response keeps its place for ever) and its `error` listener, and ends it.
 */
export const fromPg = (pool: PgPool, options: FromPgOptions = {}): Database =>
  onPool(pool, options, undefined)

const onPool = (pool: PgPool, options: FromPgOptions, leadScope: LeadScope | undefined): Database => {
  const { prepareStatements = true, beforeTransaction, timeoutMs: defaultTimeoutMs = 120_000 } = options
  const connections = connectionsOf(pool)

  /** Runs again a transaction that a lost prepared statement has ended: nothing was done, and from now on nothing is prepared. */
  const withoutLosses = async <T>(run: () => Promise<T>): Promise<T> => {
    try {
      return await run()
    } catch (error) {
      if (prepareStatements && connections.hasLostPrepared(error)) return run()
      throw error
    }
  }
  const transaction: Database['transaction'] = (run, options) =>
    withoutLosses(() => transactionOnce(run, options))
  const transactionOnce: Database['transaction'] = (run, options = {}) => {
    const { timeoutMs = defaultTimeoutMs, isReport = false, needsStandby = false, signal } = options
    // PostgreSQL ends a report in time, which leaves its connection intact; only a silent connection takes longer.
    const silentAfterMs = isReport ? timeoutMs + reportGraceMs : timeoutMs
    const use = { timeoutMs: silentAfterMs, prepareStatements, needsStandby, signal }
    return connections.use(use, async (connection) => {
      let isBegun = false
      const tx: Database = {
        query: async (text, params, queryOptions) => {
          // A lone statement is a transaction by itself: two round trips fewer.
          if (!isBegun && queryOptions?.isOnly !== true) {
            isBegun = true
            await connection.query(begin(timeoutMs, isReport))
          }
          return connection.query(text, params, queryOptions)
        },
        // A nested transaction is the same transaction.
        transaction: (nested) => nested(tx),
        leadScope,
      }
      try {
        await sendBefore(beforeTransaction, tx, leadScope)
        const result = await run(tx)
        if (isBegun) await connection.query('COMMIT')
        return result
      } catch (error) {
        // A failure here leaves the connection broken, so it does not go back to the pool.
        if (isBegun && !connection.isClosed) await connection.query('ROLLBACK').catch(() => {})
        throw isReport && sqlStateOf(error) === queryCanceled ? tooSlow(timeoutMs, error) : error
      }
    })
  }
  return {
    query: (text, params, queryOptions) => {
      if (beforeTransaction !== undefined) return transaction((tx) => tx.query(text, params, queryOptions))
      const timeoutMs = queryOptions?.timeoutMs ?? defaultTimeoutMs
      return withoutLosses(() =>
        connections.use({ timeoutMs, prepareStatements }, (connection) =>
          connection.query(text, params, queryOptions),
        ),
      )
    },
    transaction,
    leadScope,
    withLeadScope: (scope) => onPool(pool, options, scope),
    withoutContext:
      beforeTransaction && onPool(pool, { ...options, beforeTransaction: undefined }, leadScope),
  }
}

const begin = (timeoutMs: number, isReport: boolean): string =>
  `BEGIN; SET LOCAL idle_in_transaction_session_timeout = ${idleInTransactionMs(timeoutMs)}${isReport ? `; ${reportSettings(timeoutMs)}` : ''}`
