import { createTestDatabase } from '@altcontext/test-database'
import pg from 'pg'
import { expect, test } from 'vitest'

// What docs/high-availability.md says about `pg`, which does not support `target_session_attrs`.

test('pg takes one server from a connection string, not several', async () => {
  const several = 'postgresql://u:p@127.0.0.1:1,127.0.0.1:2/db?target_session_attrs=read-write'
  expect(() => new pg.Client({ connectionString: several })).toThrow(
    expect.objectContaining({ code: 'ERR_INVALID_URL' }),
  )
})

test('a pool that verifies its connections refuses those to a read-only server', async () => {
  await using database = await createTestDatabase()
  const { rows } = await database.pool.query('SELECT current_database() AS name')
  await database.pool.query(`ALTER DATABASE "${rows[0].name}" SET default_transaction_read_only = on`)
  const pool = new pg.Pool({
    connectionString: database.url,
    verify: (client, done) => {
      client
        .query('SHOW transaction_read_only')
        .then(
          ({ rows: [row] }) =>
            done(row.transaction_read_only === 'on' ? new Error('It is read-only.') : undefined),
          done,
        )
    },
  })
  try {
    await expect(pool.query('SELECT 1')).rejects.toThrow('It is read-only.')
    expect(pool.totalCount).toBe(0)
    await database.pool.query(
      `BEGIN READ WRITE; ALTER DATABASE "${rows[0].name}" RESET default_transaction_read_only; COMMIT`,
    )
    await expect(pool.query('SELECT 1')).resolves.toMatchObject({ rowCount: 1 })
  } finally {
    await pool.end()
  }
})
