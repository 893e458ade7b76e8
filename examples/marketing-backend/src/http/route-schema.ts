import { errorSchemas } from '@altcontext/webhook-contract'
import type { FastifySchema } from 'fastify'
import { z } from 'zod'

interface RouteDescription {
  summary: string
  body?: z.ZodType
  querystring?: z.ZodType
  /** The route requires `x-admin-key`. */
  admin?: boolean
}

const inputSchema = (schema: z.ZodType) => z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })

/** A route's entry in the OpenAPI document, from the zod schemas that its handler parses with. */
export const routeSchema = ({ summary, body, querystring, admin }: RouteDescription): FastifySchema => ({
  summary,
  tags: ['marketing'],
  ...(body && { body: inputSchema(body) }),
  ...(querystring && { querystring: inputSchema(querystring) }),
  ...(admin && { security: [{ adminKey: [] }] }),
  response: {
    200: {
      description: 'Done',
      type: 'object',
      additionalProperties: true,
      properties: { ok: { const: true } },
    },
    ...errorSchemas([
      ...(body || querystring ? (['invalid_request'] as const) : []),
      ...(admin ? (['unauthorized', 'admin_auth_not_configured'] as const) : []),
    ]),
  },
})
