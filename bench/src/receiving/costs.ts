import { statSync } from 'node:fs'
import { rollupDirty } from '@altcontext/webhook-metrics'
import { fromPg } from '@altcontext/webhook-store'
import pg from 'pg'
import { delivered, sendToRelay, startRelay } from '../emitting/relay-memory.ts'
import type { Benchmark } from '../measuring/benchmark.ts'
import { type Competitor, compare } from '../measuring/compare.ts'
import { cpuMicrosOf } from '../measuring/cpu-micros-of.ts'
import { type Figures, samplesOf } from '../measuring/samples.ts'
import { rssMbOf, runProcess, startProcess } from '../processes/bench-process.ts'
import { runLoad } from '../processes/run-load.ts'
import type { ServerReady } from '../processes/serve.ts'
import { countRows } from '../processes/server-competitor.ts'
import { type BenchDatabase, startBenchDatabase } from '../setup/bench-database.ts'
import { costTables, type EventCosts, type ReceivingCosts, sizingTable } from './sizing.ts'

const receivingNames = ['one by one', 'batches of 100', 'batches of 500'] as const
const limitNames = ['no limit', 'counted in each server', 'counted in the database'] as const

const countingName = '100,000 events of 1,000 tenants'
const sendingNames = ['emitter, in memory', 'relay, SQLite outbox'] as const

/** The figures of `docs/scale.md`: processor time, log and disk of an event in every process that it goes through. */
export const costs: Benchmark = {
  name: 'costs',
  measures:
    'processor time, WAL, disk and memory per event in every process: for sizing, on a busy machine too',
  run: async () => {
    await using stack = new AsyncDisposableStack()
    const database = stack.use(await startBenchDatabase())
    const measured = new Map<string, Figures[]>()
    const noting = (competitors: readonly Competitor[]): Competitor[] =>
      competitors.map(({ name, run }) => ({ name, run: () => note(measured, name, run) }))
    const receive = (name: string, batchEvents: number, limitIn?: 'server' | 'database') =>
      receiving(stack, database, { name, batchEvents, limitIn })
    const received = await compare({
      title: 'Receiving, for each event',
      competitors: noting([
        await receive(receivingNames[0], 1),
        await receive(receivingNames[1], 100),
        await receive(receivingNames[2], 500),
      ]),
      targets: [],
    })
    const limited = await compare({
      title: 'A rate limit, for each request at 50 connections',
      rounds: 5,
      competitors: noting([
        await receive(limitNames[0], 1),
        await receive(limitNames[1], 1, 'server'),
        await receive(limitNames[2], 1, 'database'),
      ]),
      targets: ['server', 'PostgreSQL'].map((where) => ({
        name: `a limit in the database / none, processor time of ${where}`,
        figure: `${where} µs`,
        of: limitNames[2],
        against: limitNames[0],
        atMost: 1.25,
      })),
    })
    await compare({
      title: 'Counting, for each event of the days that are counted again',
      competitors: noting([await counting(stack, database)]),
      targets: [],
    })
    await compare({
      title: 'Sending, for each event',
      competitors: noting(await sending(stack)),
      targets: [],
    })
    const costs = toCosts(measured)
    process.stdout.write(
      `\nFor docs/scale.md, "What an event costs":\n\n${costTables(costs)}\n\n"Worked out":\n\n${sizingTable(costs)}\n`,
    )
    return [...received, ...limited]
  },
}

const note = async (
  measured: Map<string, Figures[]>,
  name: string,
  run: () => Promise<Figures>,
): Promise<Figures> => {
  const figures = await run()
  measured.set(name, [...(measured.get(name) ?? []), figures])
  return figures
}

/** The medians, with the precision in which they are written down. */
const toCosts = (measured: ReadonlyMap<string, readonly Figures[]>): EventCosts => {
  const median = (name: string, figure: string, digits = 0): number =>
    Number(samplesOf(name, figure, measured.get(name) ?? []).median.toFixed(digits))
  const cpu = (name: string) => ({
    serverMicros: median(name, 'server µs'),
    postgresMicros: median(name, 'PostgreSQL µs'),
  })
  const receivedAs = (name: string): ReceivingCosts => ({
    ...cpu(name),
    walBytes: median(name, 'WAL bytes'),
    rowBytes: median(name, 'row bytes'),
    indexBytes: median(name, 'index bytes'),
    serverMb: median(name, 'server RSS MB'),
  })
  const [single, hundred, fiveHundred] = receivingNames
  return {
    received: [receivedAs(single), receivedAs(hundred), receivedAs(fiveHundred)],
    emitterMicros: median(sendingNames[0], 'µs'),
    emitterMb: median(sendingNames[0], 'RSS MB'),
    relayMicros: median(sendingNames[1], 'µs'),
    outboxBytes: median(sendingNames[1], 'outbox bytes'),
    workerMicros: median(countingName, 'worker µs', 1),
    countingMicros: median(countingName, 'PostgreSQL µs', 1),
    limited: cpu(limitNames[2]),
    unlimited: cpu(limitNames[0]),
  }
}

interface Receiving {
  name: string
  batchEvents: number
  limitIn: 'server' | 'database' | undefined
}

const receiving = async (
  stack: AsyncDisposableStack,
  database: BenchDatabase,
  { name, batchEvents, limitIn }: Receiving,
): Promise<Competitor> => {
  const databaseUrl = await database.createDatabase(name)
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 })
  stack.defer(() => pool.end())
  const server = stack.use(
    await startProcess<ServerReady>('servers/receiver-server', { databaseUrl, limitIn }),
  )
  const requests = batchEvents === 1 ? 10_000 : 40_000 / batchEvents
  const events = requests * batchEvents
  const load = {
    url: server.ready.url,
    connections: batchEvents === 1 ? 50 : 4,
    requests,
    batchEvents,
    events: { kind: 'mixed' },
  } as const
  // Compiled, connected and planned before anything is measured.
  await runLoad(load)
  let stored = await countRows(databaseUrl)
  return {
    name,
    run: async () => {
      const lsn = await readLsn(pool)
      const [serverBefore, postgresBefore] = [cpuMicrosOf(server.pid), cpuMicrosOf(database.pid)]
      await runLoad(load)
      const [serverAfter, postgresAfter] = [cpuMicrosOf(server.pid), cpuMicrosOf(database.pid)]
      const wal = await readWalSince(pool, lsn)
      stored += events
      if ((await countRows(databaseUrl)) !== stored)
        throw new Error(`Failed to measure: ${stored} events should be stored.`)
      return {
        'server µs': (serverAfter - serverBefore) / events,
        'PostgreSQL µs': (postgresAfter - postgresBefore) / events,
        'WAL bytes': wal / events,
        ...(await readSizes(pool, stored)),
        'server RSS MB': rssMbOf(server.pid),
      }
    },
  }
}

const readLsn = async (pool: pg.Pool): Promise<string> =>
  (await pool.query('SELECT pg_current_wal_insert_lsn()::text AS lsn')).rows[0].lsn

const readWalSince = async (pool: pg.Pool, lsn: string): Promise<number> =>
  Number(
    (await pool.query('SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), $1)::text AS bytes', [lsn]))
      .rows[0].bytes,
  )

const readSizes = async (pool: pg.Pool, events: number): Promise<Figures> => {
  const { rows } = await pool.query<{ rows: string; indexes: string }>(
    `SELECT pg_table_size('tenant_events')::text AS rows, pg_indexes_size('tenant_events')::text AS indexes`,
  )
  return {
    'row bytes': Number(rows[0]?.rows) / events,
    'index bytes': Number(rows[0]?.indexes) / events,
  }
}

/** A worker's run counts every event of each tenant's day that has changed, not only the new ones. */
const counting = async (stack: AsyncDisposableStack, database: BenchDatabase): Promise<Competitor> => {
  const databaseUrl = await database.createDatabase('counting')
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 2 })
  stack.defer(() => pool.end())
  const server = stack.use(await startProcess<ServerReady>('servers/receiver-server', { databaseUrl }))
  await runLoad({
    url: server.ready.url,
    connections: 4,
    requests: 200,
    batchEvents: 500,
    events: { kind: 'mixed' },
  })
  await rollupDirty(fromPg(pool))
  const events = await countRows(databaseUrl)
  return {
    name: countingName,
    run: async () => {
      await pool.query(
        `INSERT INTO service_usage_dirty (tenant_id, day, appended_at)
         SELECT DISTINCT tenant_id, occurred_at::date, now() AT TIME ZONE 'UTC' FROM tenant_events`,
      )
      const [worker, postgresBefore] = [process.cpuUsage(), cpuMicrosOf(database.pid)]
      await rollupDirty(fromPg(pool))
      const { user, system } = process.cpuUsage(worker)
      return {
        'worker µs': (user + system) / events,
        'PostgreSQL µs': (cpuMicrosOf(database.pid) - postgresBefore) / events,
      }
    },
  }
}

const sending = async (stack: AsyncDisposableStack): Promise<Competitor[]> => {
  const stub = stack.use(await startProcess<ServerReady>('servers/stub-receiver', {}))
  const relay = stack.use(await startRelay(stub.ready.url))
  const events = 20_000
  let sent = 0
  return [
    {
      name: sendingNames[0],
      run: async () => {
        const figures = await runProcess<Figures>('load/burst', {
          url: stub.ready.url,
          client: 'emitter',
          events,
        })
        return { µs: figures['CPU µs/event'] ?? Number.NaN, 'RSS MB': figures['RSS MB'] ?? Number.NaN }
      },
    },
    {
      name: sendingNames[1],
      run: async () => {
        const [before, sizeBefore] = [cpuMicrosOf(relay.pid), statSync(relay.outbox).size]
        await sendToRelay(relay.url, events)
        sent += events
        await delivered(relay.url, sent)
        return {
          µs: (cpuMicrosOf(relay.pid) - before) / events,
          'RSS MB': rssMbOf(relay.pid),
          'outbox bytes': (statSync(relay.outbox).size - sizeBefore) / events,
        }
      },
    },
  ]
}
