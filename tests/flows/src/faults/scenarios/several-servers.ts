import type pg from 'pg'
import { adminKey } from '../bench/fault-bench.ts'
import { startProcess } from '../bench/start-process.ts'
import { waitUntil } from '../bench/wait-until.ts'
import {
  type Deployed,
  judgeNumbers,
  leadToAll,
  todaysProgram,
  waitForStored,
  withOwnDatabase,
} from '../load/several-servers.ts'
import { withRelay } from '../load/with-relay.ts'
import type { FaultScenario } from '../scenario.ts'

const limit = 40

export const scenario: FaultScenario = {
  description:
    'Three processes migrate at once; of three servers that share a limit, the one that is counting is killed, and another continues.',
  weight: 5,
  run: async (bench, round) => {
    await using ending = new AsyncDisposableStack()
    const { url, pool, deploy } = await withOwnDatabase(bench, round, ending)
    await migrateAtOnce(url)
    const servers = await Promise.all(
      ['server-0', 'server-1', 'server-2'].map((PGAPPNAME) =>
        deploy(todaysProgram, { PGAPPNAME, LIMIT: String(limit) }),
      ),
    )
    leadToAll(bench, servers)
    const outcome = await withRelay({ ...bench, pool }, round, {}, async () => {
      for (const server of servers) await waitForStored(bench, server)
      leadToAll(bench, servers)
      await waitUntil(`the servers let in ${limit} together`, async () => {
        await pool.query('DELETE FROM webhook_rate_windows')
        return (await countLetIn(servers)) === limit
      })

      const [counting] = await withCountingHeld(pool, async (name) => {
        const killed = servers.splice(Number(name.slice('server-'.length)), 1)
        leadToAll(bench, servers)
        await Promise.all(killed.map((server) => server.kill()))
        return killed
      })
      const { rows } = await pool.query<{ stored: number }>(
        'SELECT count(*)::int AS stored FROM tenant_events',
      )
      await waitUntil(`another counts, after the one on port ${counting?.port} was killed`, async () => {
        const result = await pool.query<{ scans: number }>(
          'SELECT coalesce(sum(scans_completed), 0)::int AS scans FROM service_usage_rollups',
        )
        return (result.rows[0]?.scans ?? 0) >= (rows[0]?.stored ?? 0)
      })
      return undefined
    })
    await Promise.all(servers.map((server) => server.kill('SIGTERM')))
    return await judgeNumbers(pool, round, outcome)
  },
}

const migrateAtOnce = async (url: string): Promise<void> => {
  const processes = await Promise.all(
    Array.from({ length: 3 }, () =>
      startProcess({
        file: new URL('../programs/migrate-main.ts', import.meta.url),
        env: { DATABASE_URL: url },
        isReady: (line) => line === 'ready',
      }),
    ),
  )
  await Promise.all(processes.map((each) => each.ended()))
  const applied = processes.flatMap(({ lines }) => lines)
  if (applied.length === 0 || new Set(applied).size !== applied.length)
    throw new Error(`Three processes that migrated at once have applied: ${applied.join(', ')}`)
}

/** Sends one and a half times as many requests as the limit to all servers at once, and returns how many are let in. */
const countLetIn = async (servers: readonly Deployed[]): Promise<number> => {
  const asked = servers.flatMap(({ port }) => Array.from({ length: limit / 2 }, () => port))
  const statuses = await Promise.all(
    asked.map(async (port) => {
      const response = await fetch(
        `http://127.0.0.1:${port}/limited/v1/webhooks/description-service/verify`,
        {
          method: 'POST',
          headers: { 'x-admin-key': adminKey, 'content-type': 'application/json' },
          body: '{}',
        },
      )
      await response.body?.cancel()
      return response.status
    }),
  )
  return statuses.filter((status) => status === 200).length
}

/** A server tries about twenty times a second, so this number of looks, 50 ms apart, shows whether a second one counts as well. */
const looks = 10

/**
 * Holds the counting server in the middle of a run, and returns its name.
 *
 * @throws when a second one counts meanwhile
 */
const withCountingHeld = async <T>(pool: pg.Pool, run: (name: string) => Promise<T>): Promise<T> => {
  const client = await pool.connect()
  try {
    await client.query('BEGIN; LOCK TABLE service_usage_rollups IN SHARE MODE')
    let name = ''
    let seen = 0
    await waitUntil('a server counts, and waits', async () => {
      const { rows } = await pool.query<{ name: string }>(
        `SELECT application_name AS name FROM pg_stat_activity JOIN pg_locks USING (pid)
         WHERE locktype = 'advisory' AND granted AND wait_event_type = 'Lock' AND application_name LIKE 'server-%'`,
      )
      name = rows[0]?.name ?? ''
      seen += rows.length === 0 ? 0 : 1
      if (rows.length > 1) throw new Error(`${rows.length} servers count at once.`)
      return seen >= looks
    })
    return await run(name)
  } finally {
    await client.query('ROLLBACK')
    client.release()
  }
}
