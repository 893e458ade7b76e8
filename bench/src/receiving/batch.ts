import type { Benchmark } from '../measuring/benchmark.ts'
import { compare } from '../measuring/compare.ts'
import type { Figures } from '../measuring/samples.ts'
import { runProcess } from '../processes/bench-process.ts'
import { startServerCompetitor } from '../processes/server-competitor.ts'
import { startBenchDatabase } from '../setup/bench-database.ts'

const batchEvents = 500
const batches = 100

/** The batch route over HTTP, against the database alone. */
export const batch: Benchmark = {
  name: 'batch',
  measures: 'the batch route, 500 events a request, against unnest of 500 bare rows in the database',
  run: async () => {
    await using stack = new AsyncDisposableStack()
    const database = stack.use(await startBenchDatabase())
    const unnestUrl = await database.createDatabase('unnest')
    return await compare({
      title: 'Batch route, 4 connections, 500 events a request',
      competitors: [
        await startServerCompetitor(stack, {
          name: 'batch route',
          server: 'servers/receiver-server',
          databaseUrl: await database.createDatabase('batch'),
          load: { connections: 4, requests: batches, batchEvents, events: { kind: 'mixed' } },
          figures: ['events/s', 'p50 ms'],
        }),
        {
          name: 'unnest',
          run: () =>
            runProcess<Figures>('load/unnest-loop', { databaseUrl: unnestUrl, batches, batchEvents }),
        },
      ],
      targets: [
        {
          name: 'batch route / unnest in the database',
          figure: 'events/s',
          of: 'batch route',
          against: 'unnest',
          atLeast: 0.5,
        },
      ],
    })
  },
}
