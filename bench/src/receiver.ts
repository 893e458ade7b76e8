import pg from 'pg'
import { startBenchDatabase } from './bench-database.ts'
import { startProcess } from './bench-process.ts'
import type { Benchmark } from './benchmark.ts'
import { type Competitor, compare } from './compare.ts'
import { generatePrismaClient } from './generate-prisma-client.ts'
import { runLoad } from './run-load.ts'
import type { ServerReady } from './serve.ts'

const connections = 50

/** The plain route with everything on, against the routes one would write by hand. */
export const receiver: Benchmark = {
  name: 'receiver',
  measures: 'the plain route at 50 and 200 connections against hand-written routes',
  run: async () => {
    generatePrismaClient()
    await using stack = new AsyncDisposableStack()
    const database = stack.use(await startBenchDatabase())
    const competitor = async (
      server: string,
      requests: number,
      loadConnections = connections,
    ): Promise<Competitor> => {
      const name = `${server} ${loadConnections}`
      const databaseUrl = await database.createDatabase(name)
      const started = stack.use(await startProcess<ServerReady>(`${server}-server`, { databaseUrl }))
      const load = (count: number) =>
        runLoad({
          url: started.ready.url,
          connections: loadConnections,
          requests: count,
          events: { kind: 'mixed' },
        })
      await load(1000)
      let sent = 1000
      return {
        name,
        run: async () => {
          const { 'requests/s': requestsPerSecond, 'p50 ms': p50Ms, 'p99 ms': p99Ms } = await load(requests)
          const rssMb = started.rssMb()
          sent += requests
          await expectRows(databaseUrl, sent)
          return { 'requests/s': requestsPerSecond, 'p50 ms': p50Ms, 'p99 ms': p99Ms, 'RSS MB': rssMb }
        },
      }
    }

    const at50 = await compare({
      title: `Plain route, ${connections} connections`,
      competitors: [
        await competitor('receiver', 25_000),
        await competitor('prisma', 4000),
        await competitor('insert', 12_000),
        await competitor('group-commit', 25_000),
      ],
      targets: [
        { name: 'plain route / Prisma route', figure: 'requests/s', atLeast: 7 },
        { name: 'plain route / Prisma route, p99', figure: 'p99 ms', atMost: 0.25 },
        { name: 'plain route / Prisma route, RSS', figure: 'RSS MB', atMost: 0.5 },
      ]
        .map((target) => ({ ...target, of: 'receiver 50', against: 'prisma 50' }))
        .concat({
          name: 'plain route / INSERT per request',
          figure: 'requests/s',
          of: 'receiver 50',
          against: 'insert 50',
          atLeast: 1.8,
        }),
    })
    const at200 = await compare({
      title: 'Plain route, 200 connections',
      competitors: [await competitor('receiver', 30_000, 200), await competitor('group-commit', 30_000, 200)],
      targets: [
        {
          name: 'plain route / bare group commit, 200 connections',
          figure: 'requests/s',
          of: 'receiver 200',
          against: 'group-commit 200',
          atLeast: 0.8,
        },
      ],
    })
    return [...at50, ...at200]
  },
}

/** What was answered with 200 is stored, once. */
const expectRows = async (databaseUrl: string, expected: number): Promise<void> => {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  const { rows } = await client.query('SELECT count(*)::int AS stored FROM tenant_events')
  await client.end()
  if (rows[0]?.stored !== expected)
    throw new Error(
      `Failed to measure: ${expected} events were answered with 200, ${rows[0]?.stored} are stored.`,
    )
}
