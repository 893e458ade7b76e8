import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { email } from '../http/fields.ts'
import { parseRequest } from '../http/parse-request.ts'
import { RequestError } from '../http/request-error.ts'
import { requireAdminKey } from '../http/require-admin-key.ts'
import { routeSchema } from '../http/route-schema.ts'
import { maxBodyBytes, type RouteContext } from './route-context.ts'

const deleteSchema = z.object({ email })

/**
 * `POST /v1/leads/delete`: forgets a person. Identities are deleted with the lead; the bridge's foreign keys set the
 * `lead_id` of everything that pointed to it to null.
 */
export const leadsDeleteRoute = (app: FastifyInstance, { pool, tables, environment }: RouteContext): void => {
  app.post(
    '/v1/leads/delete',
    {
      bodyLimit: maxBodyBytes,
      onRequest: requireAdminKey(environment.access.admin),
      schema: routeSchema({ summary: 'Delete a lead by address', body: deleteSchema, admin: true }),
    },
    async (request) => {
      const body = parseRequest(deleteSchema, request.body)
      const { rows } = await pool.query<{ id: string }>(
        `DELETE FROM ${tables.leads} WHERE email_normalized = $1 RETURNING id`,
        [body.email],
      )
      const lead = rows[0]
      if (lead === undefined) throw new RequestError('not_found')
      return { ok: true, leadId: lead.id }
    },
  )
}
