import { findDiscrepancies, rollupDirty } from '@altcontext/webhook-metrics'
import { fromPg } from '@altcontext/webhook-store'
import pg from 'pg'
import { adminKey, examplePrisma, type FaultBench, migrate } from '../bench/fault-bench.ts'
import { type RunningProcess, startProcess } from '../bench/start-process.ts'
import { waitUntil } from '../bench/wait-until.ts'
import { withRelay } from '../load/with-relay.ts'
import type { FaultScenario, RoundOutcome } from '../scenario.ts'
import { lastReleased, whyNoRelease } from '../versions/last-released.ts'

export const scenario: FaultScenario = {
  description:
    'Servers of the last release work on while the database gets the migrations of today, are replaced one by one, and come back.',
  weight: 2,
  whyUnavailable: whyNoRelease,
  run: async (bench, round) => {
    await using ending = new AsyncDisposableStack()
    const released = lastReleased()
    await bench.pool.query(`CREATE DATABASE ${round}`)
    ending.defer(async () => void (await bench.pool.query(`DROP DATABASE ${round} WITH (FORCE)`)))
    const url = new URL(bench.postgres.url)
    url.pathname = round
    const pool = ending.adopt(new pg.Pool({ connectionString: url.href, max: 5 }), (own) => own.end())
    pool.on('error', () => {})

    const deploy = async (program: URL): Promise<Deployed> => {
      const server = await startProcess({
        file: program,
        env: { DATABASE_URL: url.href, ADMIN_API_KEY: adminKey },
        isReady: (line) => line.startsWith('ready '),
      })
      ending.defer(async () => void (await server.kill()))
      return { ...server, port: Number(server.firstLine.slice('ready '.length)) }
    }
    await migrate(url.href, released.prisma)
    const deployTwo = (program: URL) => Promise.all([deploy(program), deploy(program)])
    const servers = await deployTwo(released.program)
    leadToAll(bench, servers)

    const outcome = await withRelay({ ...bench, pool }, round, {}, async ({ told }) => {
      for (const server of servers) await waitForStored(bench, server)
      leadToAll(bench, servers)
      await migrate(url.href, examplePrisma)
      await waitForMore(pool, told)
      for (const program of [todaysProgram, released.program]) {
        const next = await deployTwo(program)
        for (const [index, server] of next.entries()) {
          const [old] = servers.splice(index, 1, server)
          // The next one alone for a moment, so that it is known to store; then both.
          await waitForStored(bench, server)
          leadToAll(bench, servers)
          await old?.kill('SIGTERM')
          await waitForMore(pool, told)
        }
      }
      return undefined
    })
    await Promise.all(servers.map((server) => server.kill('SIGTERM')))
    return await judgeNumbers(pool, round, outcome)
  },
}

type Deployed = RunningProcess & { port: number }

const todaysProgram = new URL('../programs/backend-main.ts', import.meta.url)

const leadToAll = (bench: FaultBench, servers: readonly Deployed[]): void =>
  bench.proxy.leadTo(...servers.map(({ port }) => port))

const waitForStored = async (bench: FaultBench, server: Deployed): Promise<void> => {
  bench.proxy.leadTo(server.port)
  await waitUntil(`the server on port ${server.port} stores an event`, async () =>
    server.lines.includes('stored'),
  )
}

/** Resolves when something that is accepted from now on is stored. */
const waitForMore = async (pool: pg.Pool, told: readonly string[]): Promise<void> => {
  const before = told.length
  await waitUntil('an event that came after the change is stored', async () => {
    const { rows } = await pool.query('SELECT FROM tenant_events WHERE id = ANY($1) LIMIT 1', [
      told.slice(before),
    ])
    return rows.length > 0
  })
}

/** What is stored is counted, each event once, whichever versions have counted it. */
const judgeNumbers = async (pool: pg.Pool, round: string, outcome: RoundOutcome): Promise<RoundOutcome> => {
  const database = fromPg(pool)
  await rollupDirty(database)
  const { cells } = await findDiscrepancies(database)
  const { rows: stored } = await pool.query(
    `SELECT id, payload ->> 'jobId' AS job FROM tenant_events WHERE tenant_id = $1`,
    [round],
  )
  const { rows: counted } = await pool.query<{ scans: string }>(
    'SELECT sum(scans_completed)::text AS scans FROM service_usage_rollups WHERE tenant_id = $1',
    [round],
  )
  if (cells > 0 || Number(counted[0]?.scans) !== stored.length)
    throw new Error(
      `${stored.length} scans are stored, ${counted[0]?.scans} are counted; ${cells} tenant days are wrong.`,
    )
  return { ...outcome, stored }
}
