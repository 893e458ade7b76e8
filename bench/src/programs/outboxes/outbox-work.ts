import type { NewOutboxEvent } from '@altcontext/webhook-emitter'
import { createPostgresOutbox, migratePostgresOutbox } from '@altcontext/webhook-emitter/postgres'
import { Logger, makeWorkerUtils, run as runWorker } from 'graphile-worker'
import pg from 'pg'
import { timed } from '../../measuring/timed.ts'
import { readConfig, report } from '../../processes/process-channel.ts'
import { sampleEvents } from '../../setup/sample-events.ts'

/** Takes events that wait in a table and marks them as done: four loops, five hundred events at a time. */
const {
  kind,
  databaseUrl,
  events: count,
} = readConfig<{ kind: string; databaseUrl: string; events: number }>()
const lanes = 4
const batch = 500
const pool = new pg.Pool({ connectionString: databaseUrl, max: 60 })
pool.on('error', () => {})
pool.on('connect', (client) => client.on('error', () => {}))
const events = sampleEvents({ count, kind: 'mixed' }).map(
  ({ id, eventType, ...envelope }): NewOutboxEvent => ({
    id,
    eventType,
    body: JSON.stringify({ eventType, ...envelope }),
  }),
)
const columns = [
  events.map(({ id }) => id),
  events.map(({ eventType }) => eventType),
  events.map(({ body }) => body),
]

const inLanes = (step: () => Promise<number>): Promise<unknown> =>
  Promise.all(
    Array.from({ length: lanes }, async () => {
      while ((await step()) > 0) {
        // Until the outbox is empty.
      }
    }),
  )

const outbox = async (): Promise<number> => {
  await migratePostgresOutbox({ pool })
  await pool.query(
    'INSERT INTO webhook_outbox (id, event_type, body) SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[])',
    columns,
  )
  await pool.query('VACUUM ANALYZE webhook_outbox')
  const opened = createPostgresOutbox({ pool })
  opened.attach({ onReady() {}, onDropped() {} })
  const elapsedMs = await timed(() =>
    inLanes(async () => {
      const claimed = await opened.claim({ maxEvents: batch, leaseMs: 45_000 })
      if (claimed.length > 0) {
        await opened.settle(claimed.map(({ id }) => ({ id, status: 'stored' as const, attempts: 1 })))
      }
      return claimed.length
    }),
  )
  await opened.close()
  return elapsedMs
}

const bare = async (): Promise<number> => {
  await pool.query(
    `CREATE TABLE queue (id UUID PRIMARY KEY, event_type TEXT NOT NULL, body TEXT NOT NULL,
       state TEXT NOT NULL DEFAULT 'pending', due_at TIMESTAMPTZ NOT NULL DEFAULT now())`,
  )
  await pool.query(`CREATE INDEX ON queue (due_at) WHERE state = 'pending'`)
  await pool.query(
    'INSERT INTO queue (id, event_type, body) SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[])',
    columns,
  )
  await pool.query('VACUUM ANALYZE queue')
  return timed(() =>
    inLanes(async () => {
      const { rows } = await pool.query(
        `UPDATE queue SET due_at = now() + interval '45 seconds' WHERE id IN (
           SELECT id FROM queue WHERE state = 'pending' AND due_at <= now() ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED)
         RETURNING id, event_type, body`,
        [batch],
      )
      await pool.query(`UPDATE queue SET state = 'done' WHERE id = ANY($1)`, [rows.map(({ id }) => id)])
      return rows.length
    }),
  )
}

const graphile = async (): Promise<number> => {
  const utils = await makeWorkerUtils({ pgPool: pool })
  await utils.migrate()
  for (let start = 0; start < count; start += batch) {
    await utils.addJobs(
      events
        .slice(start, start + batch)
        .map(({ body }) => ({ identifier: 'event', payload: JSON.parse(body) })),
    )
  }
  await pool.query('ANALYZE')
  await utils.release()
  let done = 0
  return timed(
    () =>
      new Promise<void>((resolve, reject) => {
        const runner = runWorker({
          pgPool: pool,
          crontab: '',
          preset: {
            worker: {
              // A line for each job would halve its throughput.
              logger: new Logger(() => () => {}),
              concurrentJobs: 50,
              localQueue: { size: batch },
              completeJobBatchDelay: 0,
              failJobBatchDelay: 0,
              pollInterval: 1000,
            },
          },
          taskList: {
            event: () => {
              done += 1
              if (done === count) void runner.then((running) => running.stop()).then(resolve, reject)
            },
          },
        })
        runner.catch(reject)
      }),
  )
}

const elapsedMs = await { outbox, bare, graphile }[kind as 'outbox']()
await pool.end().catch(() => {})
report({ 'events/s': (count / elapsedMs) * 1000 })
