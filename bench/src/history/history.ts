import { rollupDirty, rollupServiceUsage } from '@altcontext/webhook-metrics'
import { fromPg } from '@altcontext/webhook-store'
import pg from 'pg'
import type { Benchmark } from '../measuring/benchmark.ts'
import { compare } from '../measuring/compare.ts'
import { printFigures } from '../measuring/print-tables.ts'
import type { BenchmarkRow, Figures } from '../measuring/samples.ts'
import { compareRoutes } from '../reading/compare-routes.ts'
import { metricsRoutes } from '../reading/metrics-routes.ts'
import { writePlans } from '../reading/write-plans.ts'
import { startBenchDatabase } from '../setup/bench-database.ts'
import { fillLeads } from '../setup/fill-leads.ts'
import { coolDown } from './cool-down.ts'
import { expiredOf, fillHistory, type History, tenantsOf } from './fill-history.ts'
import { measureWrites, type Writes } from './measure-writes.ts'
import { comparePartitions } from './partitions.ts'
import { progress } from './progress.ts'
import { type ByRoute, readOnce, readPages } from './read-once.ts'
import { receivingOn, startReceiving } from './receiving.ts'
import { startPurge } from './start-purge.ts'

const rounds = 5
const requestsOf = (events: number): number => Math.min(30_000, Math.floor(events / 100))
// Vacuum would clean up after the jobs, at a moment that nobody controls.
const withoutVacuum = { max_connections: '300', max_wal_size: '4GB', autovacuum: 'off' }
// The clock of the server that is read after the jobs.
const laterMs = 3 * 3_600_000
const wanted = { bridge: 50, tenants: 300, 'tenants, by creation': 300 }

/** The cost of large old tables: receiving, purging, and every route before and after the jobs that change many rows. */
export const history: Benchmark = {
  name: 'history',
  isLong: true,
  measures:
    'receiving, purging and all routes with 20 million events of 10,000 tenants; --events for another number, with proportionally fewer tenants',
  run: async ({ events = 20_000_000, keptIn, plansFile }) => {
    await using stack = new AsyncDisposableStack()
    const database = stack.use(await startBenchDatabase({ keptIn }))
    const filled = await fillHistory(database, { events, isKept: keptIn !== undefined })
    const { databaseUrl } = filled
    const name = nameOf(events)

    const cold = await readOnce(databaseUrl, { before: () => coolDown(database) })
    const pages = await readPages(databaseUrl)
    const warm = await compareRoutes(databaseUrl, { title: `Routes, ${name} events, vacuumed` })

    const emptyUrl = await database.createDatabase(`empty_${Date.now()}`)
    await fillLeads(emptyUrl, 2 * tenantsOf(events))
    const receiving = await compareReceiving(filled, emptyUrl)

    await database.restart(withoutVacuum)
    const backfillMs = await backfill(filled)
    const purging = await comparePurging(filled)
    await rollUpLater(databaseUrl)
    const first = await readOnce(databaseUrl, { laterMs, before: async () => {} })
    const pagesAfter = await readPages(databaseUrl, laterMs)
    const after = await compareRoutes(databaseUrl, {
      title: 'Routes, right after the backfill and the purge, without autovacuum',
      moreMs: 20,
      laterMs,
      atMostMs: wanted,
    })
    if (plansFile !== undefined) await writePlans(databaseUrl, plansFile, metricsRoutes, laterMs)
    const partitioned = await comparePartitions(filled)
    printFigures(`The backfill`, new Map([['all days', [{ s: backfillMs / 1000 }]]]))
    printRoutes({ 'cold ms': cold, pages, 'first after ms': first, 'pages after': pagesAfter })
    return [...warm, ...receiving, ...purging, ...after, ...partitioned]
  },
}

const nameOf = (events: number): string => `${events / 1_000_000} million`

const compareReceiving = async (
  { databaseUrl, events }: History,
  emptyUrl: string,
): Promise<BenchmarkRow[]> => {
  const name = nameOf(events)
  const requests = requestsOf(events)
  await using empty = await startReceiving(emptyUrl, tenantsOf(events))
  await using full = await startReceiving(databaseUrl, tenantsOf(events))
  const competitors = { empty, [name]: full }
  for (const [of, receiving] of Object.entries(competitors)) {
    progress(`receiving, and what it writes: ${of}`)
    // Its tenants are new, and that is not measured.
    await receiving.receive(requests)
    const url = receiving === empty ? emptyUrl : databaseUrl
    printWrites(
      `${of}: after a checkpoint, ${requests} events`,
      await measureWrites(url, requests, () => receiving.receive(requests)),
    )
  }
  const pace = await compare({
    title: `Receiving, 50 connections`,
    rounds,
    competitors: Object.entries(competitors).map(([of, receiving]) => receivingOn(of, receiving, requests)),
    targets: [
      { name: `${name} / empty`, figure: 'requests/s', of: name, against: 'empty', atLeast: 0.9 },
      { name: `${name} / empty, p99`, figure: 'p99 ms', of: name, against: 'empty', atMost: 1.2 },
    ],
  })
  const rollup = await compare({
    title: 'One rollup of 1,000 new events',
    competitors: Object.entries(competitors).map(([of, receiving]) => ({
      name: of,
      run: async () => ({ ms: await receiving.rollUpAThousand() }),
    })),
    targets: [
      { name: `small rollup, ${name} / empty`, figure: 'ms', of: name, against: 'empty', atMost: 1.5 },
    ],
  })
  return [...pace, ...rollup]
}

/** Covers the days of the history: older days have no archives, as in production. */
const backfill = async ({ databaseUrl, receivedAtMs }: History): Promise<number> => {
  const pool = new pg.Pool({ connectionString: databaseUrl })
  const startedMs = performance.now()
  const { cells, changed } = await rollupServiceUsage(fromPg(pool), {
    from: new Date(receivedAtMs(0)).toISOString().slice(0, 10),
    onProgress: ({ doneThrough, to, cells: done }) =>
      progress(`backfill: ${done} tenant days, through ${doneThrough} of ${to}`),
  })
  await pool.end()
  progress(`backfill: ${cells} tenant days, ${changed} changed`)
  return performance.now() - startedMs
}

/** A share of the expired events in each round, while events are received and while none are. */
const comparePurging = async ({ databaseUrl, events, receivedAtMs }: History): Promise<BenchmarkRow[]> => {
  const requests = requestsOf(events)
  await using receiving = await startReceiving(databaseUrl, tenantsOf(events))
  await receiving.receive(requests)
  let round = 0
  return await compare({
    title: `Receiving while ${expiredOf(events)} events are purged, a share in each round`,
    rounds,
    competitors: [
      receivingOn('nothing is purged', receiving, requests),
      {
        name: 'purging',
        run: async (): Promise<Figures> => {
          round += 1
          const { begun, ended } = startPurge(
            databaseUrl,
            receivedAtMs(Math.floor((expiredOf(events) * round) / rounds)),
          )
          await begun
          const startedMs = performance.now()
          const received = await receiving.receive(requests)
          const tookMs = performance.now() - startedMs
          const purged = await ended
          return {
            ...received,
            'purged/s': (purged.events / purged.ms) * 1000,
            'purge s': purged.ms / 1000,
            'of it received s': tookMs / 1000,
          }
        },
      },
    ],
    targets: [
      {
        name: 'purging / nothing is purged',
        figure: 'requests/s',
        of: 'purging',
        against: 'nothing is purged',
        atLeast: 0.9,
      },
      {
        name: 'purging / nothing is purged, p99',
        figure: 'p99 ms',
        of: 'purging',
        against: 'nothing is purged',
        atMost: 1.2,
      },
    ],
  })
}

/** As the worker does, once the load of this benchmark, a day's load in a minute, is no longer in the last hour. */
const rollUpLater = async (databaseUrl: string): Promise<void> => {
  const pool = new pg.Pool({ connectionString: databaseUrl })
  await rollupDirty(fromPg(pool), { now: () => Date.now() + laterMs })
  // Autovacuum does this within a minute: the log's own setting is 10,000 entries.
  await pool.query('VACUUM service_usage_dirty')
  await pool.end()
}

const printWrites = (of: string, { bytes, images, relations }: Writes): void =>
  printFigures(
    `What one event writes, ${of}`,
    new Map<string, readonly Figures[]>([
      ['all', [{ 'WAL bytes': bytes, 'page images': images }]],
      ...relations.map(({ relation, ...written }): [string, readonly Figures[]] => [
        relation,
        [{ 'WAL bytes': written.bytes, 'page images': written.images, 'size MB': written.sizeMb }],
      ]),
    ]),
  )

const printRoutes = (columns: Readonly<Record<string, ByRoute>>): void => {
  const names = Object.keys(Object.values(columns)[0] ?? {})
  const figuresOf = (route: string): Figures =>
    Object.fromEntries(Object.entries(columns).map(([column, byRoute]) => [column, byRoute[route] ?? 0]))
  printFigures(
    'Each route once: with empty caches (the server started again, its files dropped from the page cache), and as the first request after the backfill and the purge; pages of 8 kB that it reads',
    new Map(names.map((route) => [route, [figuresOf(route)]])),
  )
}
