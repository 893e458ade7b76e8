import { readChannels, readServiceUsage, rollupDirty, rollupServiceUsage } from '@altcontext/webhook-metrics'
import { fromPg } from '@altcontext/webhook-store'
import pg from 'pg'
import type { Benchmark } from '../measuring/benchmark.ts'
import { type Competitor, compare } from '../measuring/compare.ts'
import { medianOf } from '../measuring/samples.ts'
import { timed } from '../measuring/timed.ts'
import { startServerCompetitor } from '../processes/server-competitor.ts'
import { startBenchDatabase } from '../setup/bench-database.ts'
import { fillLeads } from '../setup/fill-leads.ts'
import { lastYear } from '../setup/last-year.ts'

const base = { events: 6000, tenants: 1000, leads: 100_000, history: 250_000, connections: 50 }
type Size = typeof base
type Quantity = keyof Size

const costs = ['receiving ms', 'rollup ms', 'service-usage ms', 'channels ms']

/** How each cost grows when one thing doubles and the others stay. */
export const growth: Benchmark = {
  name: 'growth',
  measures:
    'the cost of receiving, rolling up and reading when events, tenants, leads, history or connections double',
  run: async () => {
    await using stack = new AsyncDisposableStack()
    const database = stack.use(await startBenchDatabase())
    const competitor = async (name: string, size: Size): Promise<Competitor> => {
      const databaseUrl = await database.createDatabase(name)
      const pool = new pg.Pool({ connectionString: databaseUrl })
      stack.defer(() => pool.end())
      await fillLeads(databaseUrl, size.leads)
      await fillHistory(pool, size)
      const receiving = await startServerCompetitor(stack, {
        name,
        server: 'servers/receiver-server',
        databaseUrl,
        load: {
          connections: size.connections,
          requests: size.events,
          events: { kind: 'mixed', tenants: size.tenants, leads: size.leads },
        },
        figures: ['requests/s'],
      })
      await rollupDirty(fromPg(pool))
      return {
        name,
        run: async () => {
          const { 'requests/s': requestsPerSecond = Number.NaN } = await receiving.run()
          return { 'receiving ms': (size.events / requestsPerSecond) * 1000, ...(await countAndRead(pool)) }
        },
      }
    }
    const quantities = Object.keys(base) as Quantity[]
    const competitors = [await competitor('base', base)]
    for (const quantity of quantities) {
      competitors.push(await competitor(`2 x ${quantity}`, { ...base, [quantity]: base[quantity] * 2 }))
    }
    return await compare({
      title: `Receiving ${base.events} events, rolling them up and reading a year, and with one quantity doubled`,
      competitors,
      // Doubling the size may double the cost. Anything beyond that is worse than linear.
      targets: quantities.flatMap((quantity) =>
        costs.map((figure) => ({
          name: `2 × ${quantity} / base, ${figure.replace(' ms', '')}`,
          figure,
          of: `2 x ${quantity}`,
          against: 'base',
          atMost: 2.1,
        })),
      ),
    })
  },
}

/** The cost of the round's events after they were received. */
const countAndRead = async (pool: pg.Pool) => {
  const database = fromPg(pool)
  const options = { window: lastYear(), marketingPropertyId: 'marketing-site' }
  const rollupMs = await timed(() => rollupDirty(database))
  const medianMsOf = async (read: () => Promise<unknown>): Promise<number> => {
    const times: number[] = []
    for (let time = 0; time < 5; time += 1) times.push(await timed(read))
    return medianOf(times)
  }
  return {
    'rollup ms': rollupMs,
    'service-usage ms': await medianMsOf(() => readServiceUsage(database, options)),
    'channels ms': await medianMsOf(() => readChannels(database, options)),
  }
}

/** Events of past months, one every ten seconds, rolled up. */
const fillHistory = async (pool: pg.Pool, { history, tenants }: Size): Promise<void> => {
  await pool.query(
    `INSERT INTO tenant_events (id, tenant_id, event_type, payload, occurred_at, received_at, created_at)
     SELECT gen_random_uuid(), '00000000-0000-4000-8000-' || lpad(to_hex(number % $2::int), 12, '0'),
       'scan.completed', '{"mediaCount": 20, "identitiesDetected": 60, "durationMs": 3000}', at, at, at
     FROM generate_series(1, $1::int) AS number,
       LATERAL (SELECT $3::timestamp - number * interval '10 seconds') AS happened(at)`,
    [history, tenants, lastYear().to],
  )
  await pool.query(
    `INSERT INTO tenant_milestones (tenant_id, tenant_created_at, first_api_key_at, first_scan_at, updated_at)
     SELECT tenant_id, min(occurred_at), min(occurred_at), min(occurred_at), max(occurred_at)
     FROM tenant_events GROUP BY tenant_id`,
  )
  await rollupServiceUsage(fromPg(pool))
  await pool.query('VACUUM ANALYZE')
}
