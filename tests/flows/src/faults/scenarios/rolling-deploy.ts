import type pg from 'pg'
import { examplePrisma, migrate } from '../bench/migrate.ts'
import { waitUntil } from '../bench/wait-until.ts'
import {
  judgeNumbers,
  leadToAll,
  todaysProgram,
  waitForStored,
  withOwnDatabase,
} from '../load/several-servers.ts'
import { withRelay } from '../load/with-relay.ts'
import type { FaultScenario } from '../scenario.ts'
import { lastReleased, whyNoRelease } from '../versions/last-released.ts'

/** Servers come and go for half a minute, while their worker counts from time to time, as in production. */
const calm = { COUNT_EVERY_MS: '500' }

export const scenario: FaultScenario = {
  description:
    'Servers of the last release continue while the database gets the migrations of today, are replaced one by one, and come back.',
  weight: 2,
  whyUnavailable: whyNoRelease,
  run: async (bench, round) => {
    await using ending = new AsyncDisposableStack()
    const released = lastReleased()
    const { url, pool, deploy } = await withOwnDatabase(bench, round, ending)
    await migrate(url, released.prisma)
    const deployTwo = (program: URL) => Promise.all([deploy(program, calm), deploy(program, calm)])
    const servers = await deployTwo(released.program)
    leadToAll(bench, servers)

    const outcome = await withRelay({ ...bench, pool }, round, { loadPauseMs: 250 }, async ({ told }) => {
      for (const server of servers) await waitForStored(bench, server)
      leadToAll(bench, servers)
      await migrate(url, examplePrisma)
      await waitForMore(pool, told)
      for (const program of [todaysProgram, released.program]) {
        const next = await deployTwo(program)
        for (const [index, server] of next.entries()) {
          const [old] = servers.splice(index, 1, server)
          // For a moment only the next one, to show that it stores events; then both.
          await waitForStored(bench, server)
          leadToAll(bench, servers)
          await old?.kill('SIGTERM')
          await waitForMore(pool, told)
        }
      }
      return undefined
    })
    await Promise.all(servers.map((server) => server.kill('SIGTERM')))
    return { ...(await judgeNumbers(pool, round, outcome)), done: `beside ${released.name}` }
  },
}

/** Resolves when an event that is accepted from now on is stored. */
const waitForMore = async (pool: pg.Pool, told: readonly string[]): Promise<void> => {
  const before = told.length
  await waitUntil('an event that came after the change is stored', async () => {
    const { rows } = await pool.query('SELECT FROM tenant_events WHERE id = ANY($1) LIMIT 1', [
      told.slice(before),
    ])
    return rows.length > 0
  })
}
