import { findDiscrepancies, rollupDirty } from '@altcontext/webhook-metrics'
import { fromPg } from '@altcontext/webhook-store'
import pg from 'pg'
import { adminKey, type FaultBench } from '../bench/fault-bench.ts'
import { type RunningProcess, startProcess } from '../bench/start-process.ts'
import { waitUntil } from '../bench/wait-until.ts'
import type { RoundOutcome } from '../scenario.ts'

/** One of several servers: `programs/backend-main.ts`. */
export type Deployed = RunningProcess & { port: number }

export const todaysProgram = new URL('../programs/backend-main.ts', import.meta.url)

/** A database for one round, without tables, and functions that start servers on it; `ending` removes both. */
export const withOwnDatabase = async (bench: FaultBench, round: string, ending: AsyncDisposableStack) => {
  await bench.pool.query(`CREATE DATABASE ${round}`)
  ending.defer(async () => void (await bench.pool.query(`DROP DATABASE ${round} WITH (FORCE)`)))
  const { href: url } = Object.assign(new URL(bench.postgres.url), { pathname: round })
  const pool = ending.adopt(new pg.Pool({ connectionString: url, max: 5 }), (own) => own.end())
  pool.on('error', () => {})
  const deploy = async (program: URL, env: Record<string, string> = {}): Promise<Deployed> => {
    const server = await startProcess({
      file: program,
      env: { DATABASE_URL: url, ADMIN_API_KEY: adminKey, ...env },
      isReady: (line) => line.startsWith('ready '),
    })
    ending.defer(async () => void (await server.kill()))
    return { ...server, port: Number(server.firstLine.slice('ready '.length)) }
  }
  return { url, pool, deploy }
}

/** Every new connection goes to the next of the servers. */
export const leadToAll = (bench: FaultBench, servers: readonly Deployed[]): void =>
  bench.proxy.leadTo(...servers.map(({ port }) => port))

/** Leads to only one server until it has stored an event. */
export const waitForStored = async (bench: FaultBench, server: Deployed): Promise<void> => {
  bench.proxy.leadTo(server.port)
  await waitUntil(`the server on port ${server.port} stores an event`, async () =>
    server.lines.includes('stored'),
  )
}

/**
 * Adds the stored events to the outcome.
 *
 * @throws unless every event is counted exactly once, by whichever server
 */
export const judgeNumbers = async (
  pool: pg.Pool,
  round: string,
  outcome: RoundOutcome,
): Promise<RoundOutcome> => {
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
