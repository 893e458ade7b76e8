import { startTestPostgres } from '@altcontext/test-database'
import pg from 'pg'
import { expect, test } from 'vitest'

const selectOne = async (url: string): Promise<unknown> => {
  const client = new pg.Client({ connectionString: url })
  try {
    await client.connect()
    return (await client.query('SELECT 1 AS one')).rows[0].one
  } catch (error) {
    return (error as NodeJS.ErrnoException).code
  } finally {
    await client.end()
  }
}

test('a test server can be stopped, started and restarted on the same port', async () => {
  await using server = await startTestPostgres({ inMemory: true })
  const firstPid = server.pid
  expect(await selectOne(server.url)).toBe(1)
  await server.stop()
  expect(await selectOne(server.url)).toBe('ECONNREFUSED')
  await server.start()
  expect(await selectOne(server.url)).toBe(1)
  await server.restart()
  expect(await selectOne(server.url)).toBe(1)
  expect(server.pid).not.toBe(firstPid)
})

test('a server that was killed can be started again', async () => {
  await using server = await startTestPostgres({ inMemory: true })
  process.kill(server.pid, 'SIGKILL')
  await server.start()
  expect(await selectOne(server.url)).toBe(1)
})
