import type { Benchmark } from '../measuring/benchmark.ts'
import { type Competitor, compare } from '../measuring/compare.ts'
import type { Figures } from '../measuring/samples.ts'
import { runProcess, startProcess } from '../processes/bench-process.ts'
import type { ServerReady } from '../processes/serve.ts'
import { startBenchDatabase } from '../setup/bench-database.ts'
import { fillUsage } from '../setup/fill-usage.ts'
import { lastYear } from '../setup/last-year.ts'

const lastYearQuery = new URLSearchParams(lastYear())

const routes = {
  'service-usage': '/v1/metrics/service-usage',
  'service-usage, 366 days': `/v1/metrics/service-usage?${lastYearQuery}`,
  channels: '/v1/metrics/channels',
  'channels, 366 days': `/v1/metrics/channels?${lastYearQuery}`,
}

// Without a target: nobody set one.
const others = {
  tenants: '/v1/metrics/tenants?limit=25',
  'one tenant': '/v1/metrics/tenants/tenant-7',
  cohorts: '/v1/metrics/cohorts',
  events: '/v1/metrics/events',
  restatements: '/v1/metrics/restatements',
  bridge: '/v1/metrics/bridge',
}

/** The answers that people wait for. The funnel is a part of service-usage. */
export const metrics: Benchmark = {
  name: 'metrics',
  measures: 'every route, 24 months of 10,000 tenants and 2 million events, against SELECT 1',
  run: async () => {
    await using stack = new AsyncDisposableStack()
    const database = stack.use(await startBenchDatabase())
    const databaseUrl = await database.createDatabase('usage')
    await fillUsage(databaseUrl, { tenants: 10_000, months: 24, oneDayIn: 2, events: 2_000_000 })
    const { ready } = stack.use(await startProcess<ServerReady>('servers/metrics-server', { databaseUrl }))
    const getting = (name: string, path: string, requests: number): Competitor => ({
      name,
      run: () => runProcess<Figures>('load/get-load', { url: `${ready.url}${path}`, requests }),
    })
    return await compare({
      title: 'Metrics, 24 months of 10,000 tenants, each active every second day',
      competitors: [
        ...Object.entries(routes).map(([name, path]) => getting(name, path, 20)),
        ...Object.entries(others).map(([name, path]) => getting(name, path, 20)),
        getting('SELECT 1', '/v1/metrics/select-1', 100),
      ],
      targets: Object.keys(routes).map((name) => ({
        name: `${name} - SELECT 1, p50`,
        figure: 'p50 ms',
        of: name,
        against: 'SELECT 1',
        by: 'difference' as const,
        atMost: 20,
      })),
    })
  },
}
