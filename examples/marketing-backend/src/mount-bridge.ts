import { webhookDashboard } from '@altcontext/webhook-dashboard'
import { webhookMetrics } from '@altcontext/webhook-metrics'
import { webhookReceiver } from '@altcontext/webhook-receiver'
import { fromPg } from '@altcontext/webhook-store'
import type { FastifyInstance } from 'fastify'
import { poolBeside } from './database/create-pool.ts'
import { marketingProperty } from './marketing-property.ts'
import type { RouteContext } from './routes/route-context.ts'

/** Everything that this server knows of the bridge: its receiver, its numbers and its page. */
export const mountBridge = async (app: FastifyInstance, context: RouteContext): Promise<void> => {
  const { environment, pool, schema, rejections } = context
  const database = fromPg(pool)
  // No report takes a connection from what is received.
  const reportPool = poolBeside(pool, { max: 2 })
  app.addHook('onClose', () => reportPool.end())
  const { ingest, read, signingSecrets } = environment.access
  const now = () => context.now().getTime()
  await app.register(webhookReceiver, {
    database,
    schema,
    adminKeys: ingest,
    ...(signingSecrets.length > 0 && { signingSecrets }),
    rateLimit: { max: environment.webhookRateLimit },
    onRefused: (refused) => rejections.record(refused),
    now,
  })
  await app.register(webhookMetrics, {
    database,
    reportDatabase: fromPg(reportPool),
    schema,
    adminKeys: read,
    marketingPropertyId: marketingProperty,
    openMetrics: { path: '/v1/metrics/open-metrics' },
    worker: environment.rollupIntervalSeconds > 0 && { intervalMs: environment.rollupIntervalSeconds * 1000 },
    now,
  })
  await app.register(webhookDashboard, { prefix: '/dashboard', adminKeys: read, now })
}
