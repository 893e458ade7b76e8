import { webhookReceiver } from '@altcontext/webhook-receiver'
import { fromPg } from '@altcontext/webhook-store'
import type { FastifyInstance } from 'fastify'
import type { RouteContext } from './routes/route-context.ts'

/** Everything that this server knows of the bridge: its receiver, its numbers and its page. */
export const mountBridge = async (app: FastifyInstance, context: RouteContext): Promise<void> => {
  const { environment, pool, schema, rejections, now } = context
  await app.register(webhookReceiver, {
    database: fromPg(pool),
    schema,
    path: '/v1/webhooks/description-service',
    adminKeys: environment.adminApiKey,
    signingSecrets: environment.webhookSigningSecret,
    rateLimit: { max: environment.webhookRateLimit },
    onRefused: (refused) => rejections.record(refused),
    now: () => now().getTime(),
  })
}
