import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createTestDatabase } from '@altcontext/test-database'
import { expect, test } from 'vitest'
import { readCodeBlocks } from './code-blocks.ts'

const root = join(import.meta.dirname, '../../..')
const adminKey = 'a-key-for-the-readme-of-this-repository'

test('the curl blocks of the README get the responses that it shows, and a repeated event stays one row', async () => {
  await using database = await createTestDatabase()
  await using server = await startExample(database.url)
  const commands = readCodeBlocks(root)
    .filter(({ document, code }) => document === 'README.md' && code.startsWith('curl '))
    .map(({ code }) => code.replaceAll('http://127.0.0.1:3000', server.origin))
  expect(commands).toHaveLength(2)

  const [send = '', read = ''] = commands
  const first = await responseTo(send)
  expect(first).toEqual({ ok: true, eventId: expect.stringMatching(/^[0-9a-f-]{36}$/) })
  expect(await responseTo(send)).toEqual({ ...first, duplicate: true })
  const { rows } = await database.pool.query('SELECT id FROM tenant_events')
  expect(rows).toEqual([{ id: first.eventId }])
  expect(await responseTo(read)).toMatchObject({
    ok: true,
    usage: expect.any(Object),
    funnel: expect.any(Object),
  })
})

const responseTo = async (command: string) => {
  const { stdout } = await promisify(execFile)('bash', ['-c', command], {
    env: { ...process.env, ADMIN_API_KEY: adminKey },
  })
  return JSON.parse(stdout)
}

const startExample = async (databaseUrl: string) => {
  const server = spawn(
    process.execPath,
    ['--conditions=@altcontext/source', join(root, 'examples/marketing-backend/src/main.ts')],
    {
      env: {
        PATH: process.env.PATH,
        NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
        DATABASE_URL: databaseUrl,
        ADMIN_API_KEY: adminKey,
        PORT: '0',
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const ended = once(server, 'close')
  let printed = ''
  for await (const chunk of server.stdout.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    printed += chunk
    if (/Bridge .*\n/.test(printed)) break
  }
  server.stdout.resume()
  const [origin = ''] = /http:\/\/127\.0\.0\.1:\d+/.exec(printed) ?? []
  return {
    origin,
    [Symbol.asyncDispose]: async () => {
      server.kill('SIGTERM')
      await ended
    },
  }
}
