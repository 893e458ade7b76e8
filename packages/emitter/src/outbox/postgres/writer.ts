import type { Outbox } from '../outbox.ts'
import { postgresOutboxNames } from './migrations.ts'
import type { PostgresPool } from './pool.ts'
import { operationTimeoutMs, withDeadline } from './pool-with-deadline.ts'
import { postgresFailure } from './postgres-failure.ts'
import { emitParameters, emitStatement, insertInTransaction } from './transactions.ts'

/** The producer's side of an outbox from which others deliver: it calls one function and has no other right. */
export const createPostgresWriter = (givenPool: PostgresPool, schema: string): Outbox => {
  const pool = withDeadline(givenPool, operationTimeoutMs)
  const names = postgresOutboxNames(schema)
  const query = async (what: string, statement: string, parameters: unknown[]): Promise<void> => {
    try {
      await pool.query(statement, parameters)
    } catch (error) {
      throw postgresFailure(`${what} the PostgreSQL outbox`, error)
    }
  }
  return {
    isDurable: true,
    attach() {},
    async accept(event) {
      await query('write to', emitStatement(names.emit), emitParameters(event))
      return { status: 'accepted' }
    },
    acceptInTransaction: (transaction, event) => insertInTransaction(transaction, names, event),
    check: () => query('use', 'SELECT $1::regproc', [names.emit]),
    // Others deliver, and keep the ledger.
    claim: () => [],
    renew() {},
    settle() {},
    counts: () => ({ accepted: 0, delivered: 0, duplicate: 0, pending: 0, dead: 0, dropped: {} }),
    close() {},
  }
}
