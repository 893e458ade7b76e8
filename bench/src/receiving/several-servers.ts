import type { Benchmark } from '../measuring/benchmark.ts'
import { type Competitor, compare } from '../measuring/compare.ts'
import { startProcess } from '../processes/bench-process.ts'
import { runLoad } from '../processes/run-load.ts'
import type { ServerReady } from '../processes/serve.ts'
import { countRows } from '../processes/server-competitor.ts'
import { startBenchDatabase } from '../setup/bench-database.ts'

const requests = 8000
const seed = 'the same events for every server'

/** Several servers on one database. */
export const severalServers: Benchmark = {
  name: 'servers',
  measures: 'two and four server processes on one database: total throughput, no duplicates',
  run: async () => {
    await using stack = new AsyncDisposableStack()
    const database = stack.use(await startBenchDatabase())
    const servers = async (count: number): Promise<Competitor> => {
      const databaseUrl = await database.createDatabase(`processes_${count}`)
      const urls: string[] = []
      for (let started = 0; started < count; started += 1) {
        const { ready } = stack.use(
          await startProcess<ServerReady>('servers/receiver-server', { databaseUrl }),
        )
        urls.push(ready.url)
      }
      let expected = 0
      // Two servers, or one server twice, get the same events at the same time.
      const sendTwice = async (): Promise<void> => {
        const load = {
          connections: 10,
          requests: 1000,
          events: { kind: 'mixed', idSeed: `${seed} ${expected}` },
        } as const
        const both = [urls[0], urls.at(-1)] as string[]
        await Promise.all(both.map((url) => runLoad({ ...load, url })))
        expected += 1000
      }
      return {
        name: String(count),
        run: async () => {
          await sendTwice()
          const startedMs = performance.now()
          const loads = urls.map((url) =>
            runLoad({
              url,
              connections: Math.round(100 / count),
              requests: requests / count,
              events: { kind: 'mixed' },
            }),
          )
          const measured = await Promise.all(loads)
          expected += requests
          return {
            'requests/s': measured.reduce((sum, figures) => sum + figures['requests/s'], 0),
            'seconds in all': (performance.now() - startedMs) / 1000,
            'stored twice': (await countRows(databaseUrl)) - expected,
          }
        },
      }
    }
    return await compare({
      title: 'Server processes on one database, 100 connections in all',
      competitors: [await servers(1), await servers(2), await servers(4)],
      targets: ['2', '4'].flatMap((of) => [
        { name: `${of} processes / 1`, figure: 'requests/s', of, against: '1', atLeast: 0.9 },
        {
          name: `${of} processes, stored twice`,
          figure: 'stored twice',
          of,
          against: '1',
          by: 'difference' as const,
          atMost: 0,
        },
      ]),
    })
  },
}
