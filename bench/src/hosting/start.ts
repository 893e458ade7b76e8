import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Benchmark } from '../measuring/benchmark.ts'
import { compare } from '../measuring/compare.ts'
import type { Figures } from '../measuring/samples.ts'
import { rssMbOf } from '../processes/bench-process.ts'
import { benchAdminKey, benchPath } from '../processes/hand-written-route.ts'
import { runLoad } from '../processes/run-load.ts'
import { startBenchDatabase } from '../setup/bench-database.ts'
import { buildExample } from '../setup/build-example.ts'

const example = fileURLToPath(new URL('../../../examples/marketing-backend/dist/main.js', import.meta.url))
const bare = fileURLToPath(new URL('../programs/servers/bare-server.mjs', import.meta.url))
// As the example's Dockerfile starts it: built code, and a heap that fits a 256 MB machine.
const nodeFlags = [
  '--max-old-space-size=192',
  '--max-semi-space-size=2',
  '--disable-warning=ExperimentalWarning',
]

/** The time until the first response, and the memory of the process. */
export const start: Benchmark = {
  name: 'start',
  measures: 'cold start and memory of the built example server, against a bare Fastify and pg server',
  run: async () => {
    buildExample()
    await using database = await startBenchDatabase()
    const competitor = async (name: string, file: string) => {
      const databaseUrl = await database.createDatabase(name)
      return { name, run: () => startAndLoad(file, databaseUrl) }
    }
    return await compare({
      title: 'Cold start and memory',
      competitors: [await competitor('example', example), await competitor('bare', bare)],
      targets: [
        {
          name: 'cold start to the first 200',
          figure: 'start ms',
          of: 'example',
          against: 'bare',
          atMost: 2,
        },
        ...['RSS MB idle', 'RSS MB loaded'].map((figure) => ({
          name: `${figure}, example - bare`,
          figure,
          of: 'example',
          against: 'bare',
          by: 'difference' as const,
          atMost: 40,
        })),
      ],
      rounds: 7,
    })
  },
}

const startAndLoad = async (file: string, databaseUrl: string): Promise<Figures> => {
  const port = await findFreePort()
  const url = `http://127.0.0.1:${port}`
  const startedMs = performance.now()
  const server = spawn(process.execPath, [...nodeFlags, file], {
    env: {
      PATH: process.env.PATH,
      NODE_ENV: 'production',
      DATABASE_URL: databaseUrl,
      PORT: String(port),
      ADMIN_API_KEY: benchAdminKey,
      BENCH_PATH: benchPath,
      WEBHOOK_RATE_LIMIT: '1000000',
      LOG_LEVEL: 'warn',
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const exited = once(server, 'exit')
  try {
    await waitUntilHealthy(url, server)
    const startMs = performance.now() - startedMs
    // Until the garbage of the start is collected and idle connections are open.
    await delay(1000)
    const pid = server.pid as number
    const idleMb = rssMbOf(pid)
    await runLoad({ url, connections: 50, requests: 5000, events: { kind: 'mixed' } })
    return { 'start ms': startMs, 'RSS MB idle': idleMb, 'RSS MB loaded': rssMbOf(pid) }
  } finally {
    server.kill('SIGTERM')
    await exited
  }
}

export const waitUntilHealthy = async (url: string, server: { exitCode: number | null }): Promise<void> => {
  const deadlineMs = Date.now() + 30_000
  for (;;) {
    const healthy = await fetch(`${url}/v1/healthz`).then(
      ({ ok }) => ok,
      () => false,
    )
    if (healthy) return
    if (server.exitCode !== null || Date.now() > deadlineMs)
      throw new Error(
        'Failed to start the server: no 200 from /v1/healthz within 30 s. See its output above.',
      )
    await delay(5)
  }
}

export const findFreePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
