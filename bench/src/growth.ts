import pg from 'pg'
import { startBenchDatabase } from './bench-database.ts'
import type { Benchmark } from './benchmark.ts'
import { compare } from './compare.ts'
import { fillLeads } from './fill-leads.ts'
import { startServerCompetitor } from './server-competitor.ts'

const base = { events: 6000, tenants: 1000, leads: 100_000, history: 250_000, connections: 50 }
type Quantity = keyof typeof base

/** How the cost of receiving grows when one thing doubles and the others stay. */
export const growth: Benchmark = {
  name: 'growth',
  measures: 'the cost of receiving when events, tenants, leads, history or connections double',
  run: async () => {
    await using stack = new AsyncDisposableStack()
    const database = stack.use(await startBenchDatabase())
    const competitor = async (name: string, doubled?: Quantity) => {
      const size = doubled === undefined ? base : { ...base, [doubled]: base[doubled] * 2 }
      const databaseUrl = await database.createDatabase(name)
      await fillLeads(databaseUrl, size.leads)
      await fillHistory(databaseUrl, size.history, size.tenants)
      const { run } = await startServerCompetitor(stack, {
        name,
        server: 'receiver-server',
        databaseUrl,
        load: {
          connections: size.connections,
          requests: size.events,
          events: { kind: 'mixed', tenants: size.tenants, leads: size.leads },
        },
        figures: ['requests/s'],
      })
      return {
        name,
        run: async () => {
          const { 'requests/s': requestsPerSecond = Number.NaN } = await run()
          return { ms: (size.events / requestsPerSecond) * 1000 }
        },
      }
    }
    const quantities = Object.keys(base) as Quantity[]
    const competitors = [await competitor('base')]
    for (const quantity of quantities) competitors.push(await competitor(`2 x ${quantity}`, quantity))
    return await compare({
      title: `Receiving ${base.events} events, and with one quantity doubled`,
      competitors,
      // Twice the events may take twice as long. Nothing else is worse than linear before it doubles the cost as well.
      targets: quantities.map((quantity) => ({
        name: `2 × ${quantity} / base`,
        figure: 'ms',
        of: `2 x ${quantity}`,
        against: 'base',
        atMost: 2.1,
      })),
    })
  },
}

const fillHistory = async (databaseUrl: string, events: number, tenants: number): Promise<void> => {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  await client.query(
    `INSERT INTO tenant_events (id, tenant_id, event_type, payload, occurred_at, received_at, created_at)
     SELECT gen_random_uuid(), '00000000-0000-4000-8000-' || lpad(to_hex(number % $2::int), 12, '0'),
       'scan.completed', '{"mediaCount": 20, "identitiesDetected": 60, "durationMs": 3000}', at, at, at
     FROM generate_series(1, $1::int) AS number,
       LATERAL (SELECT timestamp '2026-01-01' + number * interval '10 seconds') AS happened(at)`,
    [events, tenants],
  )
  await client.query('VACUUM ANALYZE tenant_events')
  await client.end()
}
