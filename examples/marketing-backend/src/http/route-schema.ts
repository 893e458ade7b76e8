import type { FastifySchema } from 'fastify'
import { z } from 'zod'

interface RouteDescription {
  summary: string
  body?: z.ZodType
  querystring?: z.ZodType
  /** The route wants `x-admin-key`. */
  admin?: boolean
}

const errorBody = {
  type: 'object',
  required: ['ok', 'error'],
  properties: {
    ok: { const: false },
    error: { type: 'string' },
    issues: {
      type: 'array',
      items: { type: 'object', properties: { path: { type: 'string' }, message: { type: 'string' } } },
    },
  },
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
    ...(body || querystring ? { 400: { description: 'invalid_request', ...errorBody } } : {}),
    ...(admin && {
      401: { description: 'unauthorized', ...errorBody },
      503: { description: 'admin_auth_not_configured', ...errorBody },
    }),
  },
})
