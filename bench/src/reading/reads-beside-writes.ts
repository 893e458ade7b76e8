import type { Benchmark } from '../measuring/benchmark.ts'
import { type Competitor, compare } from '../measuring/compare.ts'
import { startProcess } from '../processes/bench-process.ts'
import { runLoad } from '../processes/run-load.ts'
import type { ServerReady } from '../processes/serve.ts'
import { startBenchDatabase } from '../setup/bench-database.ts'
import { fillUsage } from '../setup/fill-usage.ts'

const load = { connections: 20, requests: 8000, events: { kind: 'mixed', tenants: 1000 } } as const

/** Receiving while others read the heaviest report as fast as they can. */
export const readsBesideWrites: Benchmark = {
  name: 'reads-beside-writes',
  measures:
    'receiving while one and twelve clients read the list of 10,000 tenants with 890,000 rollups in a loop',
  run: async () => {
    await using stack = new AsyncDisposableStack()
    const database = stack.use(await startBenchDatabase())
    const databaseUrl = await database.createDatabase('usage')
    await fillUsage(databaseUrl, { tenants: 10_000, months: 6, oneDayIn: 2 })
    const { ready } = stack.use(await startProcess<ServerReady>('servers/bridge-server', { databaseUrl }))
    const receive = () => runLoad({ ...load, url: ready.url, toleratesRefusals: true })
    await receive()
    const beside = (name: string, readers: number): Competitor => ({
      name,
      run: async () => {
        await using _readers = await startProcess('load/readers', {
          url: `${ready.url}/v1/metrics/tenants`,
          readers,
        })
        const { 'requests/s': pace, 'p50 ms': p50, 'p99 ms': p99, 'in 1 s %': inTime } = await receive()
        return { 'requests/s': pace, 'p50 ms': p50, 'p99 ms': p99, 'in 1 s %': inTime }
      },
    })
    return await compare({
      title: 'Receiving beside readers',
      competitors: [beside('nobody reads', 0), beside('one reads', 1), beside('twelve read', 12)],
      targets: [
        ...['one reads', 'twelve read'].map((of) => ({
          name: `${of} / nobody reads, receiving`,
          figure: 'requests/s',
          of,
          against: 'nobody reads',
          atLeast: 0.5,
        })),
        {
          name: 'twelve read, 200 within 1 s',
          figure: 'in 1 s %',
          of: 'twelve read',
          against: 'nobody reads',
          atLeast: 0.99,
        },
      ],
    })
  },
}
