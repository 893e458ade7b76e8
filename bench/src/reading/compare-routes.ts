import { type Competitor, compare } from '../measuring/compare.ts'
import type { BenchmarkRow, Figures } from '../measuring/samples.ts'
import { runProcess, startProcess } from '../processes/bench-process.ts'
import type { ServerReady } from '../processes/serve.ts'
import { metricsRoutes } from './metrics-routes.ts'

/** Every route against `SELECT 1`, each within its stated p50 and `moreMs`; the server's clock may be `laterMs` ahead. */
export const compareRoutes = async (
  databaseUrl: string,
  {
    title,
    moreMs = 0,
    atMostMs = {},
    laterMs = 0,
  }: { title: string; moreMs?: number; atMostMs?: Record<string, number>; laterMs?: number },
): Promise<BenchmarkRow[]> => {
  await using server = await startProcess<ServerReady>('servers/metrics-server', { databaseUrl, laterMs })
  const getting = (name: string, path: string, requests: number): Competitor => ({
    name,
    run: () => runProcess<Figures>('load/get-load', { url: `${server.ready.url}${path}`, requests }),
  })
  return await compare({
    title,
    competitors: [
      ...Object.entries(metricsRoutes).map(([name, { path }]) => getting(name, path, 20)),
      getting('SELECT 1', '/v1/metrics/select-1', 100),
    ],
    targets: Object.entries(metricsRoutes).map(([name, route]) => ({
      name: `${name} - SELECT 1, p50`,
      figure: 'p50 ms',
      of: name,
      against: 'SELECT 1',
      by: 'difference' as const,
      atMost: atMostMs[name] ?? route.atMostMs + moreMs,
    })),
  })
}
