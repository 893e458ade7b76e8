import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestDatabase, type TestDatabase } from '@altcontext/test-database'
import { completenessLimits } from '@altcontext/webhook-contract'
import { readBridge } from '@altcontext/webhook-metrics'
import { webhookReceiver } from '@altcontext/webhook-receiver'
import { fromPg } from '@altcontext/webhook-store'
import fastify from 'fastify'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'

const adminKey = 'silences-admin-key-0123456789abc'
const program = new URL('heartbeat-program.ts', import.meta.url).pathname
const folder = mkdtempSync(join(tmpdir(), 'silences-'))
const app = fastify()
const children: ChildProcess[] = []
let database: TestDatabase
let url: string

beforeAll(async () => {
  database = await createTestDatabase()
  app.register(webhookReceiver, { database: fromPg(database.pool), adminKeys: adminKey, rateLimit: false })
  url = `${await app.listen({ host: '127.0.0.1', port: 0 })}/v1/webhooks/description-service`
})
afterAll(async () => {
  await Promise.all(children.map(kill))
  await app.close()
  await database.drop()
  rmSync(folder, { recursive: true })
})

const start = async (name: string, env: Record<string, string>) => {
  const child = spawn(process.execPath, ['--conditions=@altcontext/source', program], {
    env: {
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
      WEBHOOK_URL: url,
      ADMIN_API_KEY: adminKey,
      OUTBOX: join(folder, `${name}.db`),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  children.push(child)
  await once(child.stdout as NodeJS.ReadableStream, 'data')
  return child
}

const kill = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}

const producers = async () => (await readBridge(fromPg(database.pool))).producers

type State = Awaited<ReturnType<typeof producers>>[number] | undefined

/** What is known about the next producer that sends a heartbeat. */
const stateOfNext = async (): Promise<() => Promise<State>> => {
  const before = new Set((await producers()).map(({ producerId }) => producerId))
  return async () => (await producers()).find(({ producerId }) => !before.has(producerId))
}

const becomes = (state: () => Promise<State>, expected: object): Promise<void> =>
  vi.waitFor(async () => expect(await state()).toMatchObject(expected), { timeout: 60_000, interval: 50 })

const silences: [name: string, broken: (() => Record<string, string>) | undefined][] = [
  ['a wrong key', () => ({ ADMIN_API_KEY: 'another-admin-key-0123456789abcd' })],
  ['a dead producer', undefined],
  ['a disabled route', () => ({ WEBHOOK_URL: `${url}/away` })],
]

test.each(silences)(
  '%s is distinguished from having nothing to send, as soon as two heartbeats are missing',
  async (name, broken) => {
    const state = await stateOfNext()
    const well = await start(name, {})
    await becomes(state, { isSilent: false, isClockWrong: false })
    await kill(well)
    if (broken !== undefined) await start(name, broken())
    await becomes(state, { isSilent: true })
    expect((await readBridge(fromPg(database.pool))).problems).toContain('producer_silent')
  },
)

test('a stopped clock is distinguished from having nothing to send, as soon as it is two minutes behind', async () => {
  const state = await stateOfNext()
  await start('a stopped clock', { STOPPED_AT: String(Date.now() - completenessLimits.graceMs) })
  await becomes(state, { isSilent: false, isClockWrong: true })
})
