import pg from 'pg'
import type { Competitor } from '../measuring/compare.ts'
import { startProcess } from './bench-process.ts'
import { type LoadConfig, runLoad } from './run-load.ts'
import type { ServerReady } from './serve.ts'

export interface ServerCompetitorOptions {
  name: string
  /** A module of `src/processes` that serves. */
  server: string
  databaseUrl: string
  /** Configuration of the server, beside `databaseUrl`. */
  serverConfig?: object
  load: Omit<LoadConfig, 'url'>
  /** The figures of the load generator that are reported. `RSS MB` is the server's, at the end of a round. */
  figures: readonly ('requests/s' | 'events/s' | 'p50 ms' | 'p99 ms' | 'RSS MB')[]
}

/** A server in its own process, warmed up, that a load generator in another process loads in every round. */
export const startServerCompetitor = async (
  stack: AsyncDisposableStack,
  { name, server, databaseUrl, serverConfig, load, figures }: ServerCompetitorOptions,
): Promise<Competitor> => {
  const started = stack.use(await startProcess<ServerReady>(server, { databaseUrl, ...serverConfig }))
  const before = await countRows(databaseUrl)
  let sent = 0
  const run = async (requests: number) => {
    const measured = await runLoad({ ...load, url: started.ready.url, requests })
    sent += requests * (load.batchEvents ?? 1)
    await expectRows(databaseUrl, before + sent)
    return { ...measured, 'RSS MB': started.rssMb() }
  }
  await run(Math.ceil(Math.min(1000, load.requests / 5)))
  return {
    name,
    run: async () => {
      const measured: Record<string, number> = await run(load.requests)
      return Object.fromEntries(figures.map((figure) => [figure, measured[figure] ?? Number.NaN]))
    },
  }
}

/** Events with a 200 are stored, once. */
const expectRows = async (databaseUrl: string, expected: number): Promise<void> => {
  const stored = await countRows(databaseUrl)
  if (stored !== expected)
    throw new Error(`Failed to measure: ${expected} events should be stored, ${stored} are.`)
}

export const countRows = async (databaseUrl: string): Promise<number> => {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  const { rows } = await client.query('SELECT count(*)::int AS stored FROM tenant_events')
  await client.end()
  return rows[0].stored
}
