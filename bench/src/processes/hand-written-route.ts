import fastify, { type FastifyInstance } from 'fastify'
import { z } from 'zod'

export const benchAdminKey = 'bench-admin-key-of-forty-characters-0000'
export const benchPath = '/v1/webhooks/description-service'

const count = z.number().int().min(0)
const tenantId = z.string().max(128)
const event = <T extends string, P extends z.ZodRawShape>(eventType: T, payload: P) =>
  z.object({
    eventType: z.literal(eventType),
    tenantId,
    occurredAt: z.iso.datetime({ offset: true }),
    payload: z.object({ tenantId, ...payload }),
  })

const bodySchema = z.discriminatedUnion('eventType', [
  event('tenant.created', { siteUrl: z.url(), email: z.email().optional(), createdAt: z.iso.datetime() }),
  event('apikey.created', { keyPrefix: z.string(), rateLimitTier: z.string(), createdAt: z.iso.datetime() }),
  event('scan.completed', {
    jobId: z.string(),
    mediaCount: count,
    identitiesDetected: count,
    durationMs: count,
    completedAt: z.iso.datetime(),
  }),
  event('scan.failed', {
    jobId: z.string(),
    mediaCount: count,
    errorMessage: z.string(),
    failedAt: z.iso.datetime(),
  }),
  event('cluster.created', {
    clusterId: z.string(),
    identityCount: count,
    algorithm: z.string(),
    createdAt: z.iso.datetime(),
  }),
  event('suggestion.generated', { count, jobId: z.string(), createdAt: z.iso.datetime() }),
  event('suggestion.resolved', {
    suggestionId: z.string(),
    resolution: z.string(),
    resolvedAt: z.iso.datetime(),
  }),
])

export type HandWrittenEvent = z.infer<typeof bodySchema>

/** The route of the roadmap as somebody would write it in an afternoon: key, zod, store, response. */
export const handWrittenRoute = (
  store: (event: HandWrittenEvent, id: string) => Promise<{ eventId: string; duplicate?: true }>,
): FastifyInstance => {
  const app = fastify()
  app.post(benchPath, async (request, reply) => {
    if (request.headers['x-admin-key'] !== benchAdminKey)
      return reply.code(401).send({ ok: false, error: 'unauthorized' })
    const parsed = bodySchema.safeParse(request.body)
    if (!parsed.success) return reply.code(400).send({ ok: false, error: 'invalid_request' })
    return { ok: true, ...(await store(parsed.data, String(request.headers['webhook-id']))) }
  })
  return app
}
