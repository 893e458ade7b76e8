import type { Database } from './database.ts'

interface PgQueryable {
  query(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>
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

/**
 * The Database port on a `pg` pool. The pool stays the host's: it sets its size, its timeouts and its
 * `error` listener, and ends it.
 */
export const fromPg = (pool: PgPool): Database => ({
  query: (text, params) => rowsOf(pool, text, params),
  transaction: async (run) => {
    const client = await pool.connect()
    // A connection that dies while it is checked out says so here as well as in its query; without a
    // listener the first of the two would end the process.
    client.on('error', ignore)
    let broken = false
    try {
      await client.query('BEGIN')
      const result = await run(joined(client))
      await client.query('COMMIT')
      return result
    } catch (error) {
      await client.query('ROLLBACK').catch(() => {
        broken = true
      })
      throw error
    } finally {
      client.off('error', ignore)
      client.release(broken)
    }
  },
})

/** The port inside a transaction: a nested `transaction` is the same transaction. */
const joined = (client: PgQueryable): Database => {
  const database: Database = {
    query: (text, params) => rowsOf(client, text, params),
    transaction: (run) => run(database),
  }
  return database
}

const rowsOf = async <Row>(on: PgQueryable, text: string, params: readonly unknown[] = []): Promise<Row[]> =>
  (await on.query(text, [...params])).rows as Row[]

const ignore = (): void => {}
