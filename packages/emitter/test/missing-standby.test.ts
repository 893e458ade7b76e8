import { requireStandby, startTestPostgres } from '@altcontext/test-database'
import pg from 'pg'
import { expect, test } from 'vitest'
import { withDeadline } from '../src/outbox/postgres/pool-with-deadline.ts'

test('a PostgreSQL outbox sends nothing more to a server whose commits wait for a standby, and goes on when one is back', async () => {
  await using server = await startTestPostgres({ inMemory: true })
  const given = new pg.Pool({ connectionString: server.url, options: '-c synchronous_commit=on' })
  // A pool that has ended may still be saying goodbye when the server stops.
  given.on('connect', (client) => client.on('error', () => {}))
  given.on('error', () => {})
  await given.query('CREATE TABLE written (number int)')
  const pool = withDeadline(given, 1000)
  const write = (number: number) => pool.query('INSERT INTO written VALUES ($1)', [number])
  await requireStandby(server.url, true)
  const codes = []
  for (let number = 0; number < 20; number += 1) {
    codes.push(await write(number).catch((error) => error.code))
  }
  // On a machine that stands still another one may wait in vain; without the look twenty would.
  const givenUp = codes.flatMap((code, number) => (code === 'ETIMEDOUT' ? [number] : []))
  expect(givenUp.length).toBeGreaterThan(0)
  expect(givenUp.length).toBeLessThan(6)
  expect(codes.filter((code) => code === 'no_standby')).toHaveLength(20 - givenUp.length)

  await requireStandby(server.url, false)
  await expect.poll(() => write(20).catch(() => undefined), { timeout: 60_000 }).toBeDefined()
  const { rows } = await given.query('SELECT DISTINCT number FROM written WHERE number < 20')
  expect(givenUp).toEqual(expect.arrayContaining(rows.map(({ number }) => number)))
  await given.end()
})
