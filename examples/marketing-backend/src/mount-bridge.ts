import { type WebhookBackendOptions, webhookBackend } from '@altcontext/webhook-backend'
import type { FastifyInstance } from 'fastify'
import { poolBeside } from './database/create-pool.ts'
import { marketingProperty } from './marketing-property.ts'
import type { RouteContext } from './routes/route-context.ts'

/** What this server tells the bridge: its receiver, its numbers and its page. */
export const bridgeOptions = ({ environment, pool, schema, now }: RouteContext): WebhookBackendOptions => ({
  pool,
  schema,
  prepareStatements: environment.prepareStatements,
  adminKeys: environment.access.admin,
  ingestKeys: environment.access.ingest,
  readKeys: environment.access.read,
  ...(environment.access.signingSecrets.length > 0 && { signingSecrets: environment.access.signingSecrets }),
  marketingPropertyId: marketingProperty,
  rateLimit: environment.webhookRateLimit,
  worker: environment.rollupIntervalSeconds > 0 && { intervalMs: environment.rollupIntervalSeconds * 1000 },
  now: () => now().getTime(),
})

export const mountBridge = async (app: FastifyInstance, context: RouteContext): Promise<void> => {
  // No report takes a connection from what is received.
  const reportPool = poolBeside(context.pool, { max: 2 })
  app.addHook('onClose', () => reportPool.end())
  await app.register(webhookBackend, { ...bridgeOptions(context), reportPool, prefix: '/v1' })
}
