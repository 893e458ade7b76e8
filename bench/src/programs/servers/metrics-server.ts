import { webhookMetrics } from '@altcontext/webhook-metrics'
import { fromPg } from '@altcontext/webhook-store'
import fastify from 'fastify'
import pg from 'pg'
import { benchAdminKey } from '../../processes/hand-written-route.ts'
import { readConfig } from '../../processes/process-channel.ts'
import { serve } from '../../processes/serve.ts'

/** Our routes, and beside them one that runs only `SELECT 1` on the same database. */
const { databaseUrl, laterMs = 0 } = readConfig<{ databaseUrl: string; laterMs?: number }>()
const pool = new pg.Pool({ connectionString: databaseUrl })
// The database's server may be started again.
pool.on('error', () => {})
const database = fromPg(pool)
const app = fastify()
app.get('/v1/metrics/select-1', async (request, reply) => {
  if (request.headers['x-admin-key'] !== benchAdminKey) return reply.code(401).send({ ok: false })
  return { ok: true, rows: await database.transaction((tx) => tx.query('SELECT 1 AS one')) }
})
await app.register(webhookMetrics, {
  database,
  adminKeys: benchAdminKey,
  marketingPropertyId: 'marketing-site',
  worker: false,
  now: () => Date.now() + laterMs,
  openMetrics: { path: '/v1/metrics/open-metrics' },
})
await serve(app, () => pool.end())
