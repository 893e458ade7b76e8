import type { Pool, PoolClient } from 'pg'

/** Every request of the host runs in a transaction that stands for one customer. */
export const withTenant = async <T>(
  pool: Pool,
  { tenantId, schema }: { tenantId: string; schema: string },
  run: (client: PoolClient) => Promise<T>,
): Promise<T> => {
  const client = await pool.connect()
  try {
    await client.query('BEGIN')
    await client.query('SELECT set_tenant_context($1, $2)', [tenantId, schema])
    const result = await run(client)
    await client.query('COMMIT')
    return result
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  } finally {
    client.release()
  }
}
