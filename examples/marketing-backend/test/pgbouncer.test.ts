import { randomUUID } from 'node:crypto'
import {
  createTestDatabase,
  hasPgBouncer,
  startPgBouncer,
  type TestDatabase,
} from '@altcontext/test-database'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { migrate } from '../src/database/migrate.ts'
import { parseEnvironment } from '../src/environment.ts'
import { runServer } from '../src/run-server.ts'

const adminKey = 'a-key-from-the-environment'
const headers = { 'x-admin-key': adminKey, 'content-type': 'application/json' }

/** The server of `main.ts`, in this process: each has connections of its own. */
const startServer = async (variables: Record<string, string>) => {
  const stopping = new AbortController()
  const serving = Promise.withResolvers<string>()
  const ended = runServer(parseEnvironment(variables), {
    say: (line) => {
      const origin = /http:\/\/127\.0\.0\.1:\d+(?=\/)/.exec(line)?.[0]
      if (origin !== undefined) serving.resolve(origin)
    },
    stopped: stopping.signal,
  })
  ended.catch(serving.reject)
  const stop = (): Promise<void> => {
    stopping.abort()
    return ended
  }
  return { origin: await serving.promise, stop }
}

describe.skipIf(!hasPgBouncer())('behind PgBouncer (left out: it is not installed)', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await createTestDatabase()
    // There is only an empty database; tables in another schema than the requested one would be found.
    await database.pool.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public')
  })
  afterAll(() => database.drop())

  const post = (url: string, body: object) =>
    fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })

  const created = (email: string) => ({
    eventType: 'tenant.created',
    tenantId: randomUUID(),
    occurredAt: new Date().toISOString(),
    payload: { email },
  })

  test.each([
    { poolMode: 'transaction', prepared: 'on' },
    { poolMode: 'transaction', prepared: 'off' },
    { poolMode: 'session', prepared: 'on' },
  ] as const)(
    'migrates an empty database and serves, all in the schema of ?schema=, with pool_mode = $poolMode and PREPARE_STATEMENTS=$prepared',
    async ({ poolMode, prepared }) => {
      const schema = `of ${poolMode} ${prepared}`
      const search = `?schema=${encodeURIComponent(schema)}`
      await using wide = await startPgBouncer({ url: database.url, poolMode, serverConnections: 2 })
      expect(await migrate(`${wide.url}${search}`)).toContain('20260217230000_init')
      expect(await migrate(`${wide.url}${search}`)).toEqual([])

      // All clients share one connection, where a pooler of sessions needs one for each.
      const serverConnections = poolMode === 'transaction' ? 1 : 10
      await using narrow = await startPgBouncer({ url: database.url, poolMode, serverConnections })
      const statuses: number[] = []
      let lost = 0
      const count = ({ code }: Error & { code?: string }) => {
        if (code === 'prepared_statements_lost') lost += 1
      }
      process.on('warning', count)
      // On the connections of the pooler, the second server finds the statements that the first has prepared.
      for (const start of [1, 2]) {
        const server = await startServer({
          DATABASE_URL: `${narrow.url}${search}`,
          PORT: '0',
          ADMIN_API_KEY: adminKey,
          LOG_LEVEL: 'silent',
          PREPARE_STATEMENTS: prepared,
        })
        const { origin } = server
        const email = `visitor-${start}@example.com`
        const responses = [
          await post(`${origin}/v1/events`, {
            anonId: `visitor-${start}`,
            eventType: 'page_view',
            path: '/',
          }),
          await post(`${origin}/v1/leads/capture`, { anonId: `visitor-${start}`, email }),
          await fetch(`${origin}/v1/metrics/summary?includeFunnel=true`, { headers }),
          await fetch(`${origin}/v1/metrics/channels`, { headers }),
          await fetch(`${origin}/v1/metrics/bridge`, { headers }),
        ]
        for (let n = 0; n < 20; n += 1)
          responses.push(await post(`${origin}/v1/webhooks/description-service`, created(email)))
        statuses.push(...responses.map(({ status }) => status))
        await server.stop()
      }
      process.off('warning', count)
      expect(new Set(statuses)).toEqual(new Set([200]))
      const { rows } = await database.pool.query(
        `SELECT (SELECT count(*)::int FROM "${schema}".events) AS events,
           (SELECT count(*)::int FROM "${schema}".leads) AS leads,
           (SELECT count(lead_id)::int FROM "${schema}".tenant_events) AS linked,
           (SELECT count(*)::int FROM pg_tables WHERE schemaname = 'public') AS elsewhere`,
      )
      expect(rows).toEqual([{ events: 4, leads: 2, linked: 40, elsewhere: 0 }])
      const isLost = poolMode === 'transaction' && prepared === 'on'
      expect(lost).toBe(isLost ? 1 : 0)
    },
  )
})
