import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Benchmark } from '../measuring/benchmark.ts'
import { type Competitor, compare } from '../measuring/compare.ts'
import type { Figures } from '../measuring/samples.ts'
import { runProcess, startProcess } from '../processes/bench-process.ts'
import type { ServerReady } from '../processes/serve.ts'
import { startBenchDatabase } from '../setup/bench-database.ts'
import { fillUsage } from '../setup/fill-usage.ts'
import { writePlans } from './write-plans.ts'

const first = 'limit=50'

const pages = {
  'by usage': first,
  'by a rate': `${first}&sort=avgScanDurationMs`,
  'by creation': `${first}&sort=tenantCreatedAt`,
  'by channel': `${first}&sort=channel`,
  'by last day': `${first}&sort=lastActiveDay`,
  'the last page': `${first}&sort=scansFailed&offset=99950`,
  'a search': `${first}&search=9999`,
}

/** The list of tenants, where they are many. */
export const tenants: Benchmark = {
  name: 'tenants',
  measures: 'pages of a list of 100,000 tenants with 500,000 rollups in the window, against SELECT 1',
  run: async () => {
    await using stack = new AsyncDisposableStack()
    const database = stack.use(await startBenchDatabase())
    const databaseUrl = await database.createDatabase('tenants')
    await fillUsage(databaseUrl, { tenants: 100_000, months: 1, oneDayIn: 6 })
    const plans = join(tmpdir(), 'tenants-plans.md')
    await writePlans(
      databaseUrl,
      plans,
      Object.fromEntries(
        Object.entries(pages).map(([name, query]) => [name, { path: `/v1/metrics/tenants?${query}` }]),
      ),
    )
    process.stderr.write(`  the plans: ${plans}\n`)
    const { ready } = stack.use(await startProcess<ServerReady>('servers/metrics-server', { databaseUrl }))
    const getting = (name: string, path: string): Competitor => ({
      name,
      run: () => runProcess<Figures>('load/get-load', { url: `${ready.url}${path}`, requests: 10 }),
    })
    return await compare({
      title: 'The list of 100,000 tenants, 500,000 rollups in 30 days',
      competitors: [
        ...Object.entries(pages).map(([name, query]) => getting(name, `/v1/metrics/tenants?${query}`)),
        getting('SELECT 1', '/v1/metrics/select-1'),
      ],
      targets: Object.keys(pages).map((name) => ({
        name: `${name} - SELECT 1, p50`,
        figure: 'p50 ms',
        of: name,
        against: 'SELECT 1',
        by: 'difference' as const,
        atMost: 300,
      })),
    })
  },
}
