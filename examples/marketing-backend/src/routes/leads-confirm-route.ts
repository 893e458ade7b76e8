import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { email } from '../http/fields.ts'
import { parseRequest } from '../http/parse-request.ts'
import { RequestError } from '../http/request-error.ts'
import { requireAdminKey } from '../http/require-admin-key.ts'
import { routeSchema } from '../http/route-schema.ts'
import { maxBodyBytes, type RouteContext } from './route-context.ts'

const confirmSchema = z.object({ email })

/**
 * `POST /v1/leads/confirm`: the person has followed the link in a message to their own address. The service that sent the
 * message says so, and has the key. This is the only way from withdrawn consent back to express consent.
 */
export const leadsConfirmRoute = (
  app: FastifyInstance,
  { pool, tables, environment }: RouteContext,
): void => {
  app.post(
    '/v1/leads/confirm',
    {
      bodyLimit: maxBodyBytes,
      onRequest: requireAdminKey(environment.access.admin),
      schema: routeSchema({ summary: 'Record a confirmed opt-in', body: confirmSchema, admin: true }),
    },
    async (request) => {
      const body = parseRequest(confirmSchema, request.body)
      const { rows } = await pool.query<{ id: string }>(
        `UPDATE ${tables.leads} SET consent_status = 'express' WHERE email_normalized = $1 RETURNING id`,
        [body.email],
      )
      const lead = rows[0]
      if (lead === undefined) throw new RequestError('not_found')
      return { ok: true, leadId: lead.id }
    },
  )
}
