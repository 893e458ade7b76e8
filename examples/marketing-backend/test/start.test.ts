import { once } from 'node:events'
import { globSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestDatabase } from '@altcontext/test-database'
import { afterAll, expect, test } from 'vitest'
import { openIdleClients } from '../../../tests/flows/src/faults/bench/open-idle-clients.ts'
import { parseEnvironment } from '../src/environment.ts'
import { runServer } from '../src/run-server.ts'
import { StartError } from '../src/start-error.ts'
import { startProcess } from './server-process.ts'

// Whole processes, beside those of other test files.
const folder = mkdtempSync(join(tmpdir(), 'marketing-backend-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** What a person sees when a start fails: one sentence, no stack trace. */
const expectOneSentence = (text: string) => {
  expect(text.trim().split('\n')).toHaveLength(1)
  expect(text).not.toMatch(/ {4}at /)
}

test('bad variables are all named in one sentence, exit 1', async () => {
  const server = startProcess({ PORT: 'x', ADMIN_API_KEY: 'short', ROLLUP_INTERVAL_SECONDS: '-1' })
  expect(await server.ended).toBe(1)
  expectOneSentence(server.stderr())
  for (const name of ['PORT', 'ADMIN_API_KEY', 'ROLLUP_INTERVAL_SECONDS'])
    expect(server.stderr()).toContain(name)
})

/** What `main.ts` writes before it exits with 1, as the test above has shown; for other causes, in this process. */
const failureOf = async (variables: Record<string, string>): Promise<string> => {
  const stopping = new AbortController()
  const error = await runServer(parseEnvironment({ SAMPLE: 'off', ...variables }), {
    say: () => {},
    stopped: stopping.signal,
  }).catch((caught: unknown) => caught)
  expect(error).toBeInstanceOf(StartError)
  return (error as StartError).message
}

test('an unreachable database is one sentence without the password', async () => {
  const failure = await failureOf({ DATABASE_URL: 'postgresql://me:hidden-password@127.0.0.1:1/marketing' })
  expectOneSentence(failure)
  expect(failure).toMatch(/^Failed to reach the database marketing at 127\.0\.0\.1:1: .*Check DATABASE_URL/)
  expect(failure).not.toContain('hidden-password')
})

test('a database without the tables is one sentence that says how to create them', async () => {
  await using database = await createTestDatabase()
  await database.pool.query('DROP TABLE tenant_events')
  const failure = await failureOf({ DATABASE_URL: database.url, PORT: '0' })
  expectOneSentence(failure)
  expect(failure).toMatch(/^Failed to find the tables in the database .*migrate\.$/m)
})

test('a port in use is one sentence', async () => {
  await using database = await createTestDatabase()
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const { port } = taken.address() as AddressInfo
  const failure = await failureOf({ DATABASE_URL: database.url, PORT: String(port) })
  expectOneSentence(failure)
  expect(failure).toMatch(/^Failed to listen on 127\.0\.0\.1:\d+: the port is in use\./)
  taken.close()
})

test.each(['SIGTERM', 'SIGINT'] as const)(
  'with DATABASE_URL it serves, and %s ends it with exit 0, whatever connections clients hold',
  async (signal) => {
    await using database = await createTestDatabase()
    const adminKey = 'a-key-from-the-environment'
    const server = startProcess({
      DATABASE_URL: database.url,
      PORT: '0',
      ADMIN_API_KEY: adminKey,
      SHUTDOWN_TIMEOUT_SECONDS: '1',
    })
    const [, origin = ''] = await server.says(/(http:\/\/127\.0\.0\.1:\d+)\//)
    await server.says(/Bridge .*\n/)
    await using _clients = await openIdleClients({
      port: Number(new URL(origin).port),
      path: '/v1/webhooks/description-service',
      headers: [`x-admin-key: ${adminKey}`],
    })
    expect((await fetch(`${origin}/v1/healthz`)).status).toBe(200)
    expect(server.stdout()).not.toContain(adminKey)
    expect(await server.stop(signal)).toBe(0)
    expect(server.stderr()).toBe('')
  },
)

test('a Ctrl-C that arrives twice, from the terminal and from npm, still ends it cleanly', async () => {
  await using database = await createTestDatabase()
  const server = startProcess({ DATABASE_URL: database.url, PORT: '0' })
  await server.says(/Bridge .*\n/)
  server.process.kill('SIGINT')
  expect(await server.stop('SIGINT')).toBe(0)
})

test('without DATABASE_URL it brings its own PostgreSQL, and the second start finds the data and the key', async () => {
  const variables = { DATA_DIR: folder, PORT: '0', SAMPLE: 'off' }
  const first = startProcess(variables)
  const [, origin] = await first.says(/(http:\/\/127\.0\.0\.1:\d+)\//)
  const [, adminKey] = await first.says(/Admin key +(\S{24,})/)
  await first.says(/Bridge .*0 events stored/)
  const steps = [
    'Starting PostgreSQL',
    'Created the tables',
    `${origin}/`,
    'Admin key',
    'Database            postgresql://',
    'curl -X POST',
    'Bridge ',
  ]
  const places = steps.map((step) => first.stdout().indexOf(step))
  expect(places).toEqual([...places].sort((a, b) => a - b))
  expect(first.stdout().match(/^ {2}curl /gm)).toHaveLength(3)
  expect(statSync(join(folder, 'secrets.json')).mode & 0o777).toBe(0o600)
  const captured = await fetch(`${origin}/v1/leads/capture`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: 'kept@example.com', anonId: 'kept-anon-id' }),
  })
  expect(captured.status).toBe(200)
  expect(await first.stop()).toBe(0)
  expect(globSync(join(folder, '**/postmaster.pid'))).toEqual([])

  const second = startProcess(variables)
  const [, secondOrigin] = await second.says(/(http:\/\/127\.0\.0\.1:\d+)\//)
  expect((await second.says(/Admin key +(\S{24,})/))[1]).toBe(adminKey)
  const deleted = await fetch(`${secondOrigin}/v1/leads/delete`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-admin-key': adminKey ?? '' },
    body: JSON.stringify({ email: 'kept@example.com' }),
  })
  expect(deleted.status).toBe(200)
  expect(await second.stop('SIGINT')).toBe(0)
})

test('the sample plays its history through routes and emitter once, and the next start finds it', async () => {
  await using database = await createTestDatabase()
  const adminKey = 'a-key-from-the-environment'
  const variables = {
    DATABASE_URL: database.url,
    PORT: '0',
    ADMIN_API_KEY: adminKey,
    SAMPLE: 'on',
    LOG_LEVEL: 'warn',
  }
  const first = startProcess(variables)
  const [, events, tenants] = await first.says(/Sending (\d+) events of (\d+) tenants/)
  const sent = Number(events) + 4
  const [, accepted, delivered, duplicate] = (
    await first.says(/(\d+) accepted, (\d+) delivered, (\d+) duplicate, 0 pending, 0 dead/)
  ).map(Number) as [number, number, number, number]
  expect([accepted, delivered + duplicate]).toEqual([sent, sent])
  // Four are sent twice; events without a response in time, on a machine that stands still, are sent again, too.
  expect(duplicate).toBeGreaterThanOrEqual(4)
  await first.says(new RegExp(`Bridge .* ${tenants} tenants \\([1-9]\\d* linked to a lead\\)`))
  expect(await first.stop()).toBe(0)
  // The past has not used up the limit of the product that continues.
  expect(first.stdout()).not.toContain('rate_limited')
  // On a slow machine the product is stopped before it has sent everything.
  const said = first.stderr().split('\n')
  expect(said.filter((line) => line !== '' && !line.startsWith('webhook-emitter: An event '))).toEqual([])

  const second = startProcess(variables)
  await second.says(/Bridge .*\n/)
  expect(second.stdout()).toContain('The sample history is there already')
  expect(second.stdout()).not.toContain('Playing')
  expect(await second.stop()).toBe(0)
})
