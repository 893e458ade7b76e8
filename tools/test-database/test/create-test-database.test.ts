import { createTestDatabase, sessionTimeZone } from '@altcontext/test-database'
import pg from 'pg'
import { expect, test } from 'vitest'

test('a test database has the tables of the host and of the bridge', async () => {
  await using database = await createTestDatabase()
  const { rows } = await database.pool.query(
    `SELECT to_regclass('leads') IS NOT NULL AS host, to_regclass('tenant_events') IS NOT NULL AS bridge`,
  )
  expect(rows).toEqual([{ host: true, bridge: true }])
})

test('ten databases made at the same time share nothing', async () => {
  const databases = await Promise.all(Array.from({ length: 10 }, () => createTestDatabase()))
  await databases[0]?.pool.query('CREATE TABLE only_here (id int)')
  const found = await Promise.all(
    databases.map(async ({ pool }) => {
      const { rows } = await pool.query(`SELECT to_regclass('only_here') IS NOT NULL AS here`)
      return rows[0].here
    }),
  )
  await Promise.all(databases.map((database) => database.drop()))
  expect(found).toEqual([true, ...Array(9).fill(false)])
})

test('the process runs in Asia/Kathmandu and the session in America/New_York', async () => {
  await using database = await createTestDatabase()
  const { rows } = await database.pool.query('SHOW timezone')
  expect(rows).toEqual([{ TimeZone: sessionTimeZone }])
  expect(new Date('2026-01-01T00:00:00Z').getTimezoneOffset()).toBe(-345)
})

test('drop() fails when a client was never released', async () => {
  const database = await createTestDatabase()
  await database.pool.connect()
  await expect(database.drop({ looks: 3 })).rejects.toThrow('1 clients were never released')
})

test('drop() waits for a client that is about to be released', async () => {
  const database = await createTestDatabase()
  const client = await database.pool.connect()
  const late = client.query('SELECT pg_sleep(0.3)').finally(() => client.release())
  await database.drop()
  await expect(late).resolves.toMatchObject({ rowCount: 1 })
})

test('drop() waits for a connection that is about to end', async () => {
  const database = await createTestDatabase()
  const other = new pg.Client({ connectionString: database.url })
  await other.connect()
  const late = other.query('SELECT pg_sleep(0.3)').then(() => other.end())
  await database.drop()
  await late
})

test('drop() fails when another pool is still connected, and names its last statement', async () => {
  const database = await createTestDatabase()
  const forgotten = new pg.Pool({ connectionString: database.url, idleTimeoutMillis: 0 })
  forgotten.on('error', () => undefined)
  await forgotten.query('SELECT 42')
  await expect(database.drop({ looks: 3 })).rejects.toThrow('last statements: SELECT 42')
  await forgotten.end()
})
