import { type WebhookBackendOptions, webhookBackend } from '@altcontext/webhook-backend'
import { fromPg } from '@altcontext/webhook-store'
import type { FastifyInstance } from 'fastify'
import { marketingProperty } from './marketing-property.ts'
import type { RouteContext } from './routes/route-context.ts'

/** The bridge in this server: its receiver, its numbers and its page. */
export const bridgeOptions = ({
  environment,
  pool,
  reportPool,
  schema,
  now,
}: RouteContext): WebhookBackendOptions => {
  const { webhookRateLimit: max } = environment
  // Any number of these servers on one database together let in as many requests as one.
  const database = fromPg(pool, { prepareStatements: environment.prepareStatements })
  return {
    pool,
    reportPool,
    schema,
    prepareStatements: environment.prepareStatements,
    adminKeys: environment.access.admin,
    ingestKeys: environment.access.ingest,
    readKeys: environment.access.read,
    ...(environment.access.signingSecrets.length > 0 && {
      signingSecrets: environment.access.signingSecrets,
    }),
    marketingPropertyId: marketingProperty,
    rateLimit: max !== false && { max, database },
    eventRateLimit: max !== false && { database },
    worker: environment.rollupIntervalSeconds > 0 && { intervalMs: environment.rollupIntervalSeconds * 1000 },
    alerts: environment.alerts,
    now: () => now().getTime(),
  }
}

export const mountBridge = async (app: FastifyInstance, context: RouteContext): Promise<void> => {
  app.addHook('onClose', () => context.reportPool.end())
  await app.register(webhookBackend, { ...bridgeOptions(context), prefix: '/v1' })
}
