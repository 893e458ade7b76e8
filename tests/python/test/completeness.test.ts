import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { createTestDatabase, type TestDatabase } from '@altcontext/test-database'
import { firstIdOf } from '@altcontext/webhook-contract'
import { webhookReceiver } from '@altcontext/webhook-receiver'
import { fromPg } from '@altcontext/webhook-store'
import fastify from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findPython } from '../src/find-python.ts'
import { type PythonRun, pythonEnvironment, pythonFolder, runPython } from '../src/run-python.ts'

const adminKey = 'python-completeness-admin-key-of-40-chars'
const python = findPython()
const app = fastify()
let database: TestDatabase
let folder: string
let url: string

beforeAll(async () => {
  database = await createTestDatabase()
  folder = await mkdtemp(join(tmpdir(), 'python-completeness-'))
  app.register(webhookReceiver, { database: fromPg(database.pool), adminKeys: adminKey, rateLimit: false })
  const address = await app.listen({ host: '127.0.0.1', port: 0 })
  url = `${address}/v1/webhooks/description-service`
})
afterAll(async () => {
  await app.close()
  await database.drop()
  await rm(folder, { recursive: true })
})

const hourMs = 3_600_000
const firstHourMs = Math.floor(Date.now() / hourMs) * hourMs - 6 * hourMs
/** UUIDs of version 7 that were made in three hours of this morning, and some that hold no time. */
const newIds = (): string[] => [
  ...Array.from({ length: 240 }, (_, at) => {
    const first = firstIdOf(firstHourMs + at * 45_000)
    return `${first.slice(0, 14)}7${randomUUID().slice(15)}`
  }),
  ...Array.from({ length: 10 }, () => `f${randomUUID().slice(1)}`),
]

const outboxes = [
  { name: 'SQLite', locate: () => join(folder, 'outbox.db') },
  { name: 'PostgreSQL', locate: () => database.url },
]

/** A Python that forks for each program, as starting Python would take most of a program's processor time. */
const startPrograms = (env: Record<string, string>) => {
  const origin = spawn(python ?? '', ['-m', 'tests.completeness_programs'], {
    cwd: pythonFolder,
    env: pythonEnvironment(env),
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const results = createInterface({ input: origin.stdout })[Symbol.asyncIterator]()
  return {
    run: async (...args: string[]): Promise<PythonRun> => {
      origin.stdin.write(`${JSON.stringify(args)}\n`)
      const { value = '{"code":null,"output":"","errors":"It has ended."}' } = await results.next()
      return JSON.parse(value)
    },
    [Symbol.dispose]: () => origin.stdin.end(),
  }
}

const reportOf = ({ code, output, errors }: PythonRun) => {
  if (output === '') throw new Error(errors)
  return { code, report: JSON.parse(output) }
}

const namesOf = (events: readonly { eventId: string }[]): string[] => events.map(({ eventId }) => eventId)

const deleteAtReceiver = (ids: readonly string[]) =>
  database.pool.query('DELETE FROM tenant_events WHERE id = ANY($1)', [ids])

const isStored = async (ids: readonly string[]): Promise<number> =>
  (await database.pool.query('SELECT FROM tenant_events WHERE id = ANY($1)', [ids])).rowCount ?? 0

test.skipIf(python === undefined).each(outboxes)(
  'when the receiver loses events of a Python producer with a $name outbox, they are found, named and repaired; pruned events are compared by sums',
  async ({ locate }) => {
    const env = { WEBHOOK_URL: url, ADMIN_API_KEY: adminKey, WEBHOOK_OUTBOX: locate() }
    using programs = startPrograms(env)
    const reconcile = async (...flags: string[]) =>
      reportOf(await programs.run('reconcile', '--json', ...flags))
    const ids = newIds()
    const delivered = await programs.run('deliver', ids.join(','))
    expect(delivered.errors).toBe('')
    expect(await isStored(ids)).toBe(ids.length)
    expect((await reconcile()).report).toMatchObject({ compared: ids.length, lost: [], gaps: [] })

    const gone = ids.filter((_, at) => at % 7 === 3)
    await deleteAtReceiver(gone)
    const named = await reconcile('--dry-run')
    expect(named.code).toBe(1)
    expect(namesOf(named.report.lost)).toEqual(gone.toSorted())
    expect(await isStored(gone)).toBe(0)
    const repaired = await reconcile()
    expect(repaired.code).toBe(0)
    expect(namesOf(repaired.report.lost)).toEqual(gone.toSorted())
    expect(await isStored(gone)).toBe(gone.length)

    await programs.run('prune')
    const sums = await reconcile()
    expect(sums.report).toMatchObject({ compared: ids.length, lost: [], unrepaired: [], gaps: [] })
    await deleteAtReceiver(ids.slice(100, 102))
    // Once as people start it.
    const { code, report } = reportOf(
      await runPython(python ?? '', ['-m', 'altcontext_webhooks', 'reconcile', '--json'], env),
    )
    expect(code).toBe(1)
    const from = new Date(firstHourMs + hourMs)
    const to = new Date(firstHourMs + 2 * hourMs)
    expect(report.gaps).toEqual([{ from: from.toISOString(), to: to.toISOString(), events: 2 }])

    const { rows } = await database.pool.query('SELECT * FROM event_producers WHERE producer_id = $1', [
      report.producer,
    ])
    expect(rows).toEqual([
      expect.objectContaining({ proof: expect.objectContaining({ lost: 0, gaps: report.gaps }) }),
    ])
  },
)
