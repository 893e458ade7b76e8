import type { PostgresOutboxNames } from './migrations.ts'
import type { PostgresPool } from './pool.ts'

/** Rejects when the outbox could not grow. What is inserted is gone before anybody sees it. */
export const tryInsert = async (pool: PostgresPool, { events }: PostgresOutboxNames): Promise<void> => {
  const client = await pool.connect()
  try {
    await client.query('BEGIN')
    // Too long to fit between other rows.
    await client.query(
      `INSERT INTO ${events} (id, event_type, body)
       SELECT gen_random_uuid(), '', string_agg(md5(random()::text), '') FROM generate_series(1, 512)`,
    )
    await client.query('ROLLBACK')
    client.release()
  } catch (error) {
    client.release(true)
    throw error
  }
}
