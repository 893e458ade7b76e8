import type { FastifyInstance } from 'fastify'
import { RequestError } from '../http/request-error.ts'
import { routeSchema } from '../http/route-schema.ts'
import type { RouteContext } from './route-context.ts'

/** `GET /v1/healthz`: 200 when the database responds. */
export const healthzRoute = (app: FastifyInstance, { pool }: RouteContext): void => {
  app.get(
    '/v1/healthz',
    {
      config: { rateLimit: false },
      schema: routeSchema({ summary: 'Does the database respond?' }),
      logLevel: 'warn',
    },
    async () => {
      await pool.query('SELECT 1').catch((error: unknown) => {
        app.log.warn({ err: error }, 'the database does not respond')
        throw new RequestError('database_unavailable')
      })
      return { ok: true }
    },
  )
}
