import pg from 'pg'

/**
 * Makes a pool send every statement in a transaction of its own that names the schema first. Behind a proxy that pools
 * transactions the next statement may go to another connection, where nothing that was set before holds; and no start-up
 * parameter is needed, which such a proxy refuses.
 *
 * The engine's advisory lock, which would stay with a connection of the proxy for ever, becomes that of a transaction
 * which is open until the pool ends.
 */
export const sendInTransactions = (pool: pg.Pool, schema: string): void => {
  let locking: pg.PoolClient | undefined
  let isEnding = false
  const end = pool.end.bind(pool)
  pool.end = (async () => {
    isEnding = true
    await locking?.query('ROLLBACK').catch(() => undefined)
    locking?.release()
    await end()
  }) as typeof pool.end

  const send = async (statement: pg.QueryArrayConfig): Promise<pg.QueryResult> => {
    const client = await pool.connect()
    try {
      await client.query(`BEGIN; SET LOCAL search_path = ${pg.escapeIdentifier(schema)}`)
      if (statement.text.includes('pg_advisory_lock')) {
        await client.query('SET LOCAL idle_in_transaction_session_timeout = 0')
        const text = statement.text.replace('pg_advisory_lock', 'pg_advisory_xact_lock')
        const result = await client.query({ ...statement, text })
        // The engine has given up a client that waited longer than it does.
        if (isEnding) await client.query('ROLLBACK')
        else locking = client
        return result
      }
      const result = await client.query(statement)
      await client.query('COMMIT')
      return result
    } catch (error) {
      await client.query('ROLLBACK').catch(() => undefined)
      throw error
    } finally {
      if (client !== locking) client.release()
    }
  }
  pool.query = send as typeof pool.query
}
