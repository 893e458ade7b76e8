import { rollupDirty } from '@altcontext/webhook-metrics'
import { fromPg } from '@altcontext/webhook-store'
import pg from 'pg'
import type { Benchmark } from '../measuring/benchmark.ts'
import { startBenchDatabase } from '../setup/bench-database.ts'
import { fillTouches } from '../setup/fill-touches.ts'
import { fillUsage } from '../setup/fill-usage.ts'
import { compareRoutes } from './compare-routes.ts'
import { writePlans } from './write-plans.ts'

/** The responses that people wait for. The funnel is a part of service-usage. */
export const metrics: Benchmark = {
  name: 'metrics',
  measures:
    'every route, 24 months of 10,000 tenants and 2 million events, against SELECT 1; --plans FILE writes their plans',
  run: async ({ plansFile }) => {
    await using stack = new AsyncDisposableStack()
    const database = stack.use(await startBenchDatabase())
    const databaseUrl = await database.createDatabase('usage')
    await fillUsage(databaseUrl, { tenants: 10_000, months: 24, oneDayIn: 2, events: 2_000_000 })
    await fillTouches(databaseUrl)
    await rollUp(databaseUrl)
    const rows = await compareRoutes(databaseUrl, {
      title: 'Metrics, 24 months of 10,000 tenants, each active every second day',
    })
    if (plansFile !== undefined) await writePlans(databaseUrl, plansFile)
    return rows
  },
}

/** As the worker does, which counts received events by the hour. */
const rollUp = async (databaseUrl: string): Promise<void> => {
  const pool = new pg.Pool({ connectionString: databaseUrl })
  await rollupDirty(fromPg(pool))
  await pool.query('VACUUM ANALYZE')
  await pool.end()
}
