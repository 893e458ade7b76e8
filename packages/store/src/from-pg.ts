import { createHash } from 'node:crypto'
import type { BeforeTransaction, Database, LeadScope } from './database.ts'
import { sendBefore } from './send-before.ts'

interface PgQueryable {
  query(
    statement: { name?: string; text: string; values: unknown[] },
    callback: (error: Error | null | undefined, result: { rows: unknown[] }) => void,
  ): void
}

interface PgPoolClient extends PgQueryable {
  release(destroy?: boolean): void
  on(event: 'error', listener: (error: Error) => void): unknown
  off(event: 'error', listener: (error: Error) => void): unknown
}

/** The part of `pg.Pool` that is used. */
export interface PgPool extends PgQueryable {
  connect(): Promise<PgPoolClient>
}

export interface FromPgOptions {
  /**
   * Prepares the statements that are repeated, once per connection. Turn it off behind a proxy that pools
   * transactions and does not carry prepared statements over (PgBouncer before 1.21). @default true
   */
  prepareStatements?: boolean | undefined
  /**
   * Runs first in every transaction, reads included: for a host whose row-level security wants a context.
   *
   * @example
   * fromPg(pool, { beforeTransaction: (tx) => tx.query('SELECT set_tenant_context($1, $2)', [tenantId, 'public']) })
   */
  beforeTransaction?: BeforeTransaction | undefined
}

/**
 * The Database port on a `pg` pool. The pool stays the host's: it sets its size, its timeouts and its
 * `error` listener, and ends it.
 */
export const fromPg = (pool: PgPool, options: FromPgOptions = {}): Database =>
  onPool(pool, options, undefined)

const onPool = (pool: PgPool, options: FromPgOptions, leadScope: LeadScope | undefined): Database => {
  const { prepareStatements = true, beforeTransaction } = options
  const transaction: Database['transaction'] = async (run) => {
    const client = await pool.connect()
    // A connection that dies while it is checked out says so here as well as in its query; without a
    // listener the first of the two would end the process.
    client.on('error', ignore)
    const query = queryOn(client, prepareStatements)
    let isBegun = false
    let broken = false
    const tx: Database = {
      query: async (text, params, queryOptions) => {
        // A lone statement is a transaction by itself: two round trips less.
        if (!isBegun && queryOptions?.isOnly !== true) {
          isBegun = true
          await query('BEGIN')
        }
        return query(text, params, queryOptions)
      },
      // A nested transaction is the same transaction.
      transaction: (nested) => nested(tx),
      leadScope,
    }
    try {
      await sendBefore(beforeTransaction, tx, leadScope)
      const result = await run(tx)
      if (isBegun) await query('COMMIT')
      return result
    } catch (error) {
      if (isBegun) {
        await query('ROLLBACK').catch(() => {
          broken = true
        })
      }
      throw error
    } finally {
      client.off('error', ignore)
      client.release(broken)
    }
  }
  return {
    query:
      beforeTransaction === undefined
        ? queryOn(pool, prepareStatements)
        : (text, params, queryOptions) => transaction((tx) => tx.query(text, params, queryOptions)),
    transaction,
    leadScope,
    withLeadScope: (scope) => onPool(pool, options, scope),
  }
}

const queryOn =
  (on: PgQueryable, prepareStatements: boolean): Database['query'] =>
  <Row>(text: string, params: readonly unknown[] = [], { isRepeated = false } = {}) => {
    const statement = { text, values: [...params] }
    const named = isRepeated && prepareStatements ? { name: nameOf(text), ...statement } : statement
    // With a promise of its own, a client keeps every statement and what waits for it until the next full
    // garbage collection: at thousands of events a second that is twice the memory.
    return new Promise<Row[]>((resolve, reject) => {
      on.query(named, (error, result) => {
        if (error) reject(error)
        else resolve(result.rows as Row[])
      })
    })
  }

const names = new Map<string, string>()

/** The same text has the same name on every connection, whoever else prepares statements there. */
const nameOf = (text: string): string => {
  const name =
    names.get(text) ?? `webhook_store_${createHash('sha256').update(text).digest('hex').slice(0, 16)}`
  names.set(text, name)
  return name
}

const ignore = (): void => {}
