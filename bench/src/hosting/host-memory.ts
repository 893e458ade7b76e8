import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import {
  applyReadme,
  copyHost,
  createHostDatabase,
  one,
  runInstaller,
} from '@altcontext/host-tests/start-host'
import pg from 'pg'
import type { Benchmark } from '../measuring/benchmark.ts'
import { compare } from '../measuring/compare.ts'
import type { Figures } from '../measuring/samples.ts'
import { rssMbOf } from '../processes/bench-process.ts'
import { benchAdminKey } from '../processes/hand-written-route.ts'
import { type LoadConfig, runLoad } from '../processes/run-load.ts'
import { startBenchDatabase } from '../setup/bench-database.ts'
import { buildExample } from '../setup/build-example.ts'
import { findFreePort, waitUntilHealthy } from './start.ts'

// As the host starts on its 256 MB machine.
const hostFlags = ['--max-old-space-size=192', '--disable-warning=ExperimentalWarning']

/** How much memory the bridge takes in the stand-in for the real backend (tests/host), with the host's flags. */
export const hostMemory: Benchmark = {
  name: 'host-memory',
  measures:
    'memory that the bridge adds to the stand-in for the real backend when idle, and the memory of both under load',
  run: async () => {
    buildExample()
    await using database = await startBenchDatabase()
    const url = await database.copyDatabase('template1', 'host')
    const pool = new pg.Pool({ connectionString: url })
    const bare = copyHost()
    const mounted = copyHost()
    await runInstaller(mounted.folder, 'install')
    await applyReadme(mounted.folder)
    const host = await createHostDatabase(mounted.folder, 'public', { pool, url, drop: () => pool.end() })
    try {
      return await compare({
        title: 'Memory in the stand-in for the host',
        competitors: [
          { name: 'with the bridge', run: () => weigh(mounted.folder, host.url, { isLoaded: true }) },
          { name: 'without', run: () => weigh(bare.folder, host.url, { isLoaded: false }) },
        ],
        targets: [
          {
            name: 'idle, with the bridge - without',
            figure: 'RSS MB idle',
            of: 'with the bridge',
            against: 'without',
            by: 'difference',
            atMost: 12,
          },
          ...['RSS MB loaded', 'RSS MB after batches'].map((figure) => ({
            name: `the whole, ${figure}`,
            figure,
            of: 'with the bridge',
            against: 'without',
            by: 'figure' as const,
            atMost: 160,
          })),
        ],
        rounds: 5,
      })
    } finally {
      await host[Symbol.asyncDispose]()
      bare.remove()
      mounted.remove()
    }
  },
}

const weigh = async (
  folder: string,
  databaseUrl: string,
  { isLoaded }: { isLoaded: boolean },
): Promise<Figures> => {
  const port = await findFreePort()
  const url = `http://127.0.0.1:${port}`
  const server = spawn(process.execPath, [...hostFlags, buildHost(folder)], {
    env: {
      PATH: process.env.PATH,
      NODE_ENV: 'production',
      DATABASE_URL: databaseUrl,
      PORT: String(port),
      ADMIN_API_KEY: benchAdminKey,
      BOOTSTRAP_TENANT_ID: one,
      WEBHOOK_RATE_LIMIT: '1000000',
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const exited = once(server, 'exit')
  try {
    await waitUntilHealthy(url, server)
    // Until the garbage of the start is collected and the worker has run once.
    await delay(3000)
    const idleMb = rssMbOf(server.pid as number)
    // The bare host is only measured idle: its own routes are limited to 120 requests a minute.
    const singles: LoadConfig = { url, connections: 50, requests: 10_000, events: { kind: 'mixed' } }
    if (isLoaded) await withViewer(url, () => runLoad(singles))
    const loadedMb = peakMbOf(server)
    const batches: LoadConfig = { ...singles, connections: 4, requests: 200, batchEvents: 100 }
    if (isLoaded) await withViewer(url, () => runLoad(batches))
    return { 'RSS MB idle': idleMb, 'RSS MB loaded': loadedMb, 'RSS MB after batches': peakMbOf(server) }
  } finally {
    server.kill('SIGTERM')
    await exited
  }
}

/** While a viewer requests the channels once a second. */
const withViewer = async (url: string, run: () => Promise<unknown>): Promise<void> => {
  const over = new AbortController()
  const viewing = (async () => {
    while (!over.signal.aborted) {
      const response = await fetch(`${url}/v1/metrics/channels`, {
        headers: { 'x-admin-key': benchAdminKey },
      })
      await response.arrayBuffer()
      if (response.status !== 200) throw new Error(`Failed to read a report: ${response.status}.`)
      await delay(1000, undefined, { signal: over.signal }).catch(() => {})
    }
  })()
  await run()
  over.abort()
  await viewing
}

/** The peak memory of a process, where the operating system reports it, else its memory now. */
const peakMbOf = ({ pid }: ChildProcess): number => {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
  } catch {
    return rssMbOf(pid as number)
  }
}

/** JavaScript, as in the host's image: stripping types takes more memory than the bridge. */
const buildHost = (folder: string): string => {
  for (const file of globSync('src/*.ts', { cwd: folder })) {
    const source = readFileSync(join(folder, file), 'utf8')
    writeFileSync(join(folder, file.replace(/ts$/, 'js')), stripTypeScriptTypes(source))
  }
  const main = join(folder, 'main.js')
  writeFileSync(
    main,
    `import pg from 'pg'
import { createServer } from './src/server.js'

const { env } = process
const pool = new pg.Pool({ connectionString: env.DATABASE_URL, max: 10 })
const app = await createServer(pool, {
  adminApiKey: env.ADMIN_API_KEY,
  bootstrapTenantId: env.BOOTSTRAP_TENANT_ID,
  propertyId: 'default',
  schema: 'public',
})
await app.listen({ host: '127.0.0.1', port: Number(env.PORT) })
process.on('SIGTERM', () => process.exit())
`,
  )
  return main
}
