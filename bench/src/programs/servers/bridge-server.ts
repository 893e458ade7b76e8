import { webhookMetrics } from '@altcontext/webhook-metrics'
import { webhookReceiver } from '@altcontext/webhook-receiver'
import { fromPg } from '@altcontext/webhook-store'
import fastify from 'fastify'
import pg from 'pg'
import { benchAdminKey, benchPath } from '../../processes/hand-written-route.ts'
import { readConfig } from '../../processes/process-channel.ts'
import { serve } from '../../processes/serve.ts'

/** Receiver and metrics in one server, each with a pool, as the example server has them. */
const { databaseUrl } = readConfig<{ databaseUrl: string }>()
const pool = new pg.Pool({ connectionString: databaseUrl })
const reportPool = new pg.Pool({ connectionString: databaseUrl, max: 2 })
const app = fastify()
await app.register(webhookReceiver, {
  database: fromPg(pool),
  adminKeys: benchAdminKey,
  path: benchPath,
  rateLimit: false,
})
await app.register(webhookMetrics, {
  database: fromPg(pool),
  reportDatabase: fromPg(reportPool),
  adminKeys: benchAdminKey,
  marketingPropertyId: 'marketing-site',
})
await serve(app, () => Promise.all([pool.end(), reportPool.end()]))
