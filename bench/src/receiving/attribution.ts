import type { Benchmark } from '../measuring/benchmark.ts'
import { compare } from '../measuring/compare.ts'
import { startServerCompetitor } from '../processes/server-competitor.ts'
import { startBenchDatabase } from '../setup/bench-database.ts'
import { fillLeads } from '../setup/fill-leads.ts'
import type { SampleEventsOptions } from '../setup/sample-events.ts'

const leads = 1_000_000

/** What finding the lead of a new tenant costs. */
export const attribution: Benchmark = {
  name: 'attribution',
  measures: 'tenant.created with its lead among a million, against scan.completed',
  run: async () => {
    await using stack = new AsyncDisposableStack()
    const database = stack.use(await startBenchDatabase())
    const databaseUrl = await database.createDatabase('leads')
    await fillLeads(databaseUrl, leads)
    const competitor = async (kind: SampleEventsOptions['kind']) =>
      startServerCompetitor(stack, {
        name: kind,
        server: 'servers/receiver-server',
        databaseUrl: await database.copyDatabase('leads', kind),
        load: { connections: 50, requests: 15_000, events: { kind, leads } },
        figures: ['requests/s', 'p99 ms'],
      })
    return await compare({
      title: 'Attribution, 50 connections, 1,000,000 leads',
      rounds: 7,
      competitors: [await competitor('tenant.created'), await competitor('scan.completed')],
      targets: [
        {
          name: 'tenant.created with a lead / scan.completed',
          figure: 'requests/s',
          of: 'tenant.created',
          against: 'scan.completed',
          atLeast: 0.7,
        },
      ],
    })
  },
}
