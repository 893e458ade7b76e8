import { findNatsServer, startNatsCluster } from '@altcontext/nats-server'
import type { Benchmark } from '../measuring/benchmark.ts'
import { type Competitor, compare } from '../measuring/compare.ts'
import type { Figures } from '../measuring/samples.ts'
import { runProcess, startProcess } from '../processes/bench-process.ts'
import type { ServerReady } from '../processes/serve.ts'
import { countRows } from '../processes/server-competitor.ts'
import { startBenchDatabase } from '../setup/bench-database.ts'

const events = 20_000
const counts = [1, 2, 4] as const
const overHttp = 'HTTP batches'

/** From an emitter's burst to its last receipt, through three brokers and over HTTP. */
export const stream: Benchmark = {
  name: 'stream',
  measures:
    'a burst of 20,000 events from emit to settled: three brokers and 1, 2 or 4 consumers against HTTP batches',
  run: async () => {
    if (findNatsServer() === undefined) {
      process.stdout.write('skipped stream: nats-server is not installed\n')
      return []
    }
    await using stack = new AsyncDisposableStack()
    const database = stack.use(await startBenchDatabase())
    const cluster = await startNatsCluster()
    stack.defer(() => cluster.stop())

    const bursting = async (
      name: string,
      { databaseUrl, ...client }: { databaseUrl: string; client: string; url: string; stream?: string },
    ): Promise<Competitor> => {
      let sent = 0
      const burst = async (events: number): Promise<Figures> => {
        const figures = await runProcess<Figures>('load/burst', { ...client, events })
        sent += events
        const stored = await countRows(databaseUrl)
        if (stored !== sent)
          throw new Error(`Failed to measure: ${sent} events should be stored, ${stored} are.`)
        return figures
      }
      await burst(events / 10)
      return { name, run: () => burst(events) }
    }
    const httpDatabase = await database.createDatabase('http')
    const server = stack.use(
      await startProcess<ServerReady>('servers/receiver-server', { databaseUrl: httpDatabase }),
    )
    const consuming = async (count: number): Promise<Competitor> => {
      const stream = `consumers_${count}`
      const databaseUrl = await database.createDatabase(stream)
      for (let started = 0; started < count; started += 1)
        stack.use(await startProcess('servers/consumer', { servers: cluster.urls, stream, databaseUrl }))
      return bursting(nameOf(count), { databaseUrl, client: 'stream', url: cluster.urls.join(), stream })
    }
    return await compare({
      title: 'A burst of 20,000 events, from emit to settled',
      competitors: [
        await bursting(overHttp, { databaseUrl: httpDatabase, client: 'emitter', url: server.ready.url }),
        await consuming(1),
        await consuming(2),
        await consuming(4),
      ],
      targets: counts.map((count) => ({
        name: `${nameOf(count)} / HTTP batches`,
        figure: 'events/s',
        of: nameOf(count),
        against: overHttp,
        atLeast: 0.25,
      })),
    })
  },
}

const nameOf = (count: number): string => `${count} consumer${count === 1 ? '' : 's'}`
