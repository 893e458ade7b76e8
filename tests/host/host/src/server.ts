import cors from '@fastify/cors'
import formbody from '@fastify/formbody'
import middie from '@fastify/middie'
import rateLimit from '@fastify/rate-limit'
import fastify, { type FastifyError, type FastifyInstance } from 'fastify'
import type { Pool } from 'pg'
import { ZodError, z } from 'zod'
import { findAdmin } from './find-admin.js'
import { readSummary } from './read-summary.js'
import { withTenant } from './with-tenant.js'

export interface Environment {
  adminApiKey: string
  bootstrapTenantId: string
  propertyId: string
  schema: string
}

const leadSchema = z.object({ email: z.string().max(320), sourceChannel: z.string().max(255).optional() })

/** The backend of the marketing site. */
export const createServer = async (pool: Pool, environment: Environment): Promise<FastifyInstance> => {
  const app = fastify({ logger: { level: 'warn' } })
  await app.register(cors, { origin: ['https://altcontext.com'] })
  await app.register(formbody)
  await app.register(rateLimit, { max: 120, timeWindow: '1 minute' })
  await app.register(middie)
  // The handler of the SvelteKit dashboard: it takes every path that is not the API's.
  app.use((request, response, next) => {
    if (request.url?.startsWith('/v1/')) return next()
    response.writeHead(200, { 'content-type': 'text/html' }).end('<title>SvelteKit</title>')
  })
  app.setErrorHandler((error: FastifyError | ZodError, _request, reply) => {
    if (error instanceof ZodError) {
      const issues = error.issues.map(({ path, message }) => ({ path: path.join('.'), message }))
      return reply.code(400).send({ ok: false, error: 'invalid_request', issues })
    }
    const statusCode = error.statusCode ?? 500
    return reply
      .code(statusCode)
      .send({ ok: false, error: statusCode < 500 ? error.message : 'internal_error' })
  })

  app.get('/v1/healthz', async () => ({ ok: (await pool.query('SELECT 1')).rowCount === 1 }))

  app.post('/v1/leads/capture', async (request) => {
    const body = leadSchema.parse(request.body)
    const lead = await withTenant(
      pool,
      { tenantId: environment.bootstrapTenantId, schema: environment.schema },
      (client) =>
        client.query<{ id: string }>(
          `INSERT INTO leads (id, tenant_id, email_normalized, source_channel)
           VALUES (gen_random_uuid(), $1, lower(trim($2)), $3) RETURNING id`,
          [environment.bootstrapTenantId, body.email, body.sourceChannel],
        ),
    )
    return { ok: true, leadId: lead.rows[0]?.id }
  })

  const summaries = new Map<string, object>()
  app.get<{ Querystring: { from: string; to: string } }>('/v1/metrics/summary', async (request, reply) => {
    const tenantId = await findAdmin(request, pool, environment)
    if (tenantId === undefined) return reply.code(401).send({ ok: false, error: 'unauthorized' })
    const key = `${tenantId} ${JSON.stringify(request.query)}`
    const known = summaries.get(key)
    if (known !== undefined) return known
    const { from, to } = request.query
    const scope = { tenantId, schema: environment.schema, propertyId: environment.propertyId }
    const summary = { ok: true, window: { from, to }, ...(await readSummary(pool, scope, { from, to })) }
    summaries.set(key, summary)
    return summary
  })

  return app
}
