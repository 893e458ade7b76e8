import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { email } from '../http/fields.ts'
import { parseRequest } from '../http/parse-request.ts'
import { routeSchema } from '../http/route-schema.ts'
import { marketingProperty } from '../marketing-property.ts'
import { maxBodyBytes, type RouteContext } from './route-context.ts'

const unsubscribeSchema = z.object({ email })

/** `POST /v1/leads/unsubscribe`: consent is withdrawn. The response does not reveal whether the address is known. */
export const leadsUnsubscribeRoute = (app: FastifyInstance, { pool, tables }: RouteContext): void => {
  app.post(
    '/v1/leads/unsubscribe',
    {
      bodyLimit: maxBodyBytes,
      config: { ingestProperty: marketingProperty },
      schema: routeSchema({ summary: 'Withdraw consent', body: unsubscribeSchema }),
    },
    async (request) => {
      const body = parseRequest(unsubscribeSchema, request.body)
      await pool.query(
        `UPDATE ${tables.leads} SET consent_status = 'withdrawn' WHERE email_normalized = $1`,
        [body.email],
      )
      return { ok: true }
    },
  )
}
