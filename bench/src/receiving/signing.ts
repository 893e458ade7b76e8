import { createSigningSecret } from '@altcontext/webhook-contract'
import type { Benchmark } from '../measuring/benchmark.ts'
import { compare } from '../measuring/compare.ts'
import { startServerCompetitor } from '../processes/server-competitor.ts'
import { startBenchDatabase } from '../setup/bench-database.ts'

/** What checking a signature costs. */
export const signing: Benchmark = {
  name: 'signing',
  measures: 'signed requests against unsigned ones',
  run: async () => {
    await using stack = new AsyncDisposableStack()
    const database = stack.use(await startBenchDatabase())
    const signingSecret = createSigningSecret()
    const competitor = async (name: string, secret: string | undefined) =>
      startServerCompetitor(stack, {
        name,
        server: 'servers/receiver-server',
        databaseUrl: await database.createDatabase(name),
        serverConfig: { signingSecret: secret },
        load: { connections: 50, requests: 20_000, events: { kind: 'mixed' }, signingSecret: secret },
        figures: ['requests/s', 'p99 ms'],
      })
    return await compare({
      title: 'Signed requests, 50 connections',
      competitors: [await competitor('signed', signingSecret), await competitor('unsigned', undefined)],
      targets: [
        {
          name: 'signed / unsigned',
          figure: 'requests/s',
          of: 'signed',
          against: 'unsigned',
          atLeast: 0.85,
        },
      ],
    })
  },
}
