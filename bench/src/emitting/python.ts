import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { findPython } from '../../../tests/python/src/find-python.ts'
import { pythonEnvironment, pythonFolder } from '../../../tests/python/src/run-python.ts'
import type { Benchmark } from '../measuring/benchmark.ts'
import { type Competitor, compare, type Target } from '../measuring/compare.ts'
import type { Figures } from '../measuring/samples.ts'
import { runProcess, startProcess } from '../processes/bench-process.ts'
import { benchAdminKey, benchPath } from '../processes/hand-written-route.ts'
import type { ServerReady } from '../processes/serve.ts'
import { startBenchDatabase } from '../setup/bench-database.ts'

// A durable outbox flushes to the disk for each of them.
const burst = { memory: 20_000, sqlite: 4000, postgres: 4000 } as const
const outboxes = ['memory', 'sqlite', 'postgres'] as const

/** The two emitters in the same burst, one event after the other, each with its own outboxes. */
export const python: Benchmark = {
  name: 'python',
  measures:
    'the Python emitter beside the Node one: a burst of 20,000 events into memory and of 4,000 into each durable outbox',
  run: async () => {
    const command = findPython()
    if (command === undefined)
      throw new Error('Failed to find a python3 of version 3.10 or newer. Install one.')
    await using stub = await startProcess<ServerReady>('servers/stub-receiver', {})
    await using database = await startBenchDatabase()
    const { url } = stub.ready
    let databases = 0
    const nextDatabase = async (): Promise<string> => {
      databases += 1
      return database.copyDatabase('template1', `round${databases}`)
    }
    const competitors = outboxes.flatMap((outbox): Competitor[] => [
      {
        name: `Python, ${outbox}`,
        run: async () =>
          withLost(url, outbox, await runPython(command, { url, outbox, databaseUrl: await nextDatabase() })),
      },
      {
        name: `Node, ${outbox}`,
        run: async () =>
          withLost(
            url,
            outbox,
            await runProcess<Figures>('load/emit-in-turn', {
              url,
              outbox,
              events: burst[outbox],
              databaseUrl: await nextDatabase(),
            }),
          ),
      },
    ])
    // Awaited here; otherwise the receiver and the database would be gone before the first round.
    return await compare({
      title: 'A burst of 20,000 events, 4,000 where each is durable',
      competitors,
      targets: [oneEvent, ...nothingLost],
    })
  },
}

const oneEvent: Target = {
  name: 'Python emitter, memory outbox, one event in its caller',
  figure: '\u00b5s/event',
  of: 'Python, memory',
  against: 'Node, memory',
  by: 'figure',
  atMost: 200,
}

const nothingLost = outboxes.map(
  (outbox): Target => ({
    name: `Python emitter, ${outbox} outbox, lost`,
    figure: 'lost',
    of: `Python, ${outbox}`,
    against: `Node, ${outbox}`,
    by: 'figure',
    atMost: 0,
  }),
)

const withLost = async (url: string, outbox: keyof typeof burst, figures: Figures): Promise<Figures> => {
  const { count } = (await (await fetch(`${url}/count`)).json()) as { count: number }
  return { ...figures, lost: burst[outbox] - count }
}

const runPython = async (
  command: string,
  { url, outbox, databaseUrl }: { url: string; outbox: keyof typeof burst; databaseUrl: string },
): Promise<Figures> => {
  const { stdout } = await promisify(execFile)(
    command,
    ['-m', 'tests.bench', String(burst[outbox]), outbox],
    {
      cwd: pythonFolder,
      env: pythonEnvironment({
        WEBHOOK_URL: `${url}${benchPath}`,
        ADMIN_API_KEY: benchAdminKey,
        WEBHOOK_TEST_DATABASE: databaseUrl,
      }),
    },
  )
  const said = JSON.parse(stdout) as Record<string, number>
  return {
    'accepted/s': said.acceptedPerSecond ?? Number.NaN,
    '\u00b5s/event': said.microsPerEvent ?? Number.NaN,
    'CPU \u00b5s/event': said.cpuMicrosPerEvent ?? Number.NaN,
    'delivered after s': said.seconds ?? Number.NaN,
    'RSS MB': said.peakMegabytes ?? Number.NaN,
  }
}
