import type { Benchmark } from '../measuring/benchmark.ts'
import { type Competitor, compare } from '../measuring/compare.ts'
import { startServerCompetitor } from '../processes/server-competitor.ts'
import { startBenchDatabase } from '../setup/bench-database.ts'
import { generatePrismaClient } from '../setup/generate-prisma-client.ts'

/** The plain route with everything on, against routes that somebody would write by hand. */
export const receiver: Benchmark = {
  name: 'receiver',
  measures: 'the plain route at 50 and at 200 connections, against hand-written routes',
  run: async () => {
    generatePrismaClient()
    await using stack = new AsyncDisposableStack()
    const database = stack.use(await startBenchDatabase())
    const competitor = async (name: string, requests: number, connections: number): Promise<Competitor> =>
      startServerCompetitor(stack, {
        name,
        server: `servers/${name}-server`,
        databaseUrl: await database.createDatabase(`${name}_${connections}`),
        load: { connections, requests, events: { kind: 'mixed' } },
        figures: ['requests/s', 'p50 ms', 'p99 ms', 'RSS MB'],
      })

    const againstPrisma = { of: 'receiver', against: 'prisma' }
    const at50 = await compare({
      title: 'Plain route, 50 connections',
      rounds: 5,
      competitors: [
        await competitor('receiver', 20_000, 50),
        await competitor('prisma', 2500, 50),
        await competitor('insert', 10_000, 50),
        await competitor('group-commit', 20_000, 50),
      ],
      targets: [
        { name: 'plain route / Prisma route', figure: 'requests/s', ...againstPrisma, atLeast: 7 },
        { name: 'plain route / Prisma route, p99', figure: 'p99 ms', ...againstPrisma, atMost: 0.25 },
        { name: 'plain route / Prisma route, RSS', figure: 'RSS MB', ...againstPrisma, atMost: 0.5 },
        {
          name: 'plain route / INSERT per request',
          figure: 'requests/s',
          of: 'receiver',
          against: 'insert',
          atLeast: 1.8,
        },
      ],
    })
    const at200 = await compare({
      title: 'Plain route, 200 connections',
      rounds: 7,
      competitors: [await competitor('receiver', 20_000, 200), await competitor('group-commit', 20_000, 200)],
      targets: [
        {
          name: 'plain route / bare group commit, 200 connections',
          figure: 'requests/s',
          of: 'receiver',
          against: 'group-commit',
          atLeast: 0.8,
        },
      ],
    })
    return [...at50, ...at200]
  },
}
