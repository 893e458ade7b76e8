import type { FastifyInstance } from 'fastify'
import { readTenant } from '../../reading/read-tenant.ts'
import { resolveWindow } from '../../reading/window.ts'
import { tenantResponseSchema } from '../../responses/tenant-response.ts'
import { parseQuery, tenantParamsSchema, tenantQuerySchema } from '../query.ts'
import { refuse } from '../refuse.ts'
import { routeSchema } from '../route-schema.ts'
import type { RouteContext } from './route-context.ts'

export const tenantRoute = (
  fastify: FastifyInstance,
  { options, databaseOf, config }: RouteContext,
): void => {
  fastify.get(
    `${options.path}/tenants/*`,
    {
      config,
      schema: routeSchema(fastify, {
        summary: 'One tenant: milestones, touches, daily usage, and its events as they are stored',
        params: tenantParamsSchema,
        query: tenantQuerySchema,
        response: tenantResponseSchema,
      }),
    },
    async (request, reply) => {
      const { '*': tenantId } = parseQuery(tenantParamsSchema, request.params)
      const { from, to, ...page } = parseQuery(tenantQuerySchema, request.query)
      const answer = await readTenant(await databaseOf(request), {
        ...options,
        ...page,
        tenantId,
        window: resolveWindow({ from, to }, options.now()),
      })
      return answer ?? refuse(reply, 'not_found')
    },
  )
}
