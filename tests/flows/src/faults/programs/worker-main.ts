import { createRollupWorker } from '@altcontext/webhook-metrics'
import { fromPg } from '@altcontext/webhook-store'
import pg from 'pg'

/** Two workers, each with its own connections, of which one at a time does the work. Each run and each failure is printed as a line. */
for (const name of ['first', 'second']) {
  const pool = new pg.Pool({
    connectionString: process.env.DATABASE_URL,
    max: 2,
    connectionTimeoutMillis: 5000,
  })
  pool.on('error', () => {})
  createRollupWorker({
    database: fromPg(pool, { timeoutMs: 10_000 }),
    intervalMs: 300,
    onRun: ({ entries }) => {
      if (entries > 0) process.stdout.write(`rollup ${name}\n`)
    },
    onError: (error, work) => process.stdout.write(`failed ${name} ${work} ${(error as Error).message}\n`),
  }).start()
}
process.stdout.write('ready\n')
// A worker does not keep its process alive.
setInterval(() => {}, 60_000)
