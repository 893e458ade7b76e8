import { randomUUID } from 'node:crypto'
import pg from 'pg'
import type { Benchmark } from '../measuring/benchmark.ts'
import { compare } from '../measuring/compare.ts'
import { startServerCompetitor } from '../processes/server-competitor.ts'
import { startBenchDatabase } from '../setup/bench-database.ts'

/** The cost on the write path of letting a producer ask whether everything has arrived. */
export const completeness: Benchmark = {
  name: 'completeness',
  measures: "requests that name their producer against ones that do not, without the index of producers' ids",
  run: async () => {
    await using stack = new AsyncDisposableStack()
    const database = stack.use(await startBenchDatabase())
    const competitor = async (name: string, producer: string | undefined) => {
      const databaseUrl = await database.createDatabase(name)
      if (producer === undefined) await dropProducerIndex(databaseUrl)
      return startServerCompetitor(stack, {
        name,
        server: 'servers/receiver-server',
        databaseUrl,
        load: { connections: 50, requests: 20_000, events: { kind: 'mixed' }, producer },
        figures: ['requests/s', 'p99 ms'],
      })
    }
    return await compare({
      title: 'Requests with a producer, 50 connections',
      rounds: 7,
      competitors: [await competitor('with', randomUUID()), await competitor('without', undefined)],
      targets: [
        {
          name: 'with completeness / without',
          figure: 'requests/s',
          of: 'with',
          against: 'without',
          atLeast: 0.95,
        },
      ],
    })
  },
}

const dropProducerIndex = async (databaseUrl: string): Promise<void> => {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  await client.query('DROP INDEX tenant_events_producer_idx')
  await client.end()
}
