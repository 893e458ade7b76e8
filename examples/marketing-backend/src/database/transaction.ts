import type { PoolClient } from 'pg'
import type { HostDatabase, HostTables } from './host-tables.ts'

/** A transaction that has begun. */
export interface Transaction {
  client: PoolClient
  tables: HostTables
}

/** Runs `run` in one transaction: committed when it resolves, rolled back when it throws. */
export const transaction = async <T>(
  { pool, tables }: HostDatabase,
  run: (tx: Transaction) => Promise<T>,
): Promise<T> => {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    await client.query('BEGIN')
    const result = await run({ client, tables })
    await client.query('COMMIT')
    return result
  } catch (error) {
    await client.query('ROLLBACK').catch((failure: Error) => {
      broken = failure
    })
    throw error
  } finally {
    client.release(broken)
  }
}
