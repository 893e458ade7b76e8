import { randomUUID } from 'node:crypto'
import { createTestDatabase, openConnections } from '@altcontext/test-database'
import { createPostgresOutbox, migratePostgresOutbox } from '@altcontext/webhook-emitter/postgres'
import pg from 'pg'
import { expect, test } from 'vitest'

test('a PostgreSQL outbox gives up every connection to a read-only server, such as one that has been replaced', async () => {
  await using database = await createTestDatabase()
  await migratePostgresOutbox({ pool: database.pool })
  const { rows } = await database.pool.query('SELECT current_database() AS name')
  const setReadOnly = (value: 'on' | 'off') =>
    database.pool.query(`ALTER DATABASE "${rows[0].name}" SET default_transaction_read_only = ${value}`)
  await setReadOnly('on')
  const pool = new pg.Pool({ connectionString: database.url, max: 6 })
  const outbox = createPostgresOutbox({ pool, pollIntervalMs: 60_000 })
  const accept = () => outbox.accept({ id: randomUUID(), eventType: 'scan.completed', body: '{}' })
  // Several connections that were opened meanwhile, and are idle.
  await openConnections(pool, 5)
  await expect(accept()).rejects.toMatchObject({ code: 'outbox_failed', reason: 'database_gone' })

  await setReadOnly('off')
  // A connection that was being opened meanwhile may fail once; none fails twice.
  await expect
    .poll(() => Promise.all(Array.from({ length: 5 }, accept)).catch(() => undefined))
    .toEqual(Array(5).fill({ status: 'accepted' }))
  await outbox.close()
  await pool.end()
})
