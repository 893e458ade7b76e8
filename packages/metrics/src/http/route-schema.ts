import { errorSchemas, responseCodesOf, webhookHeaders } from '@altcontext/webhook-contract'
import type { FastifyInstance, FastifySchema } from 'fastify'
import { z } from 'zod'

// What @fastify/swagger reads besides Fastify's own fields.
interface DocumentedSchema extends FastifySchema {
  summary: string
  tags: string[]
}

export interface RouteDescription {
  summary: string
  query?: z.ZodObject
  body?: z.ZodObject
  /** Left out by the route that responds with text. */
  response?: z.ZodType
  csv?: boolean
  /** For a route whose path names one thing, which may not exist. */
  params?: z.ZodObject
  /** The route can be followed as server-sent events. */
  isLive?: boolean
}

/**
 * A route for OpenAPI. It only documents: zod decides what is accepted, and responses go out as they are. Where nobody reads it, because
 * `@fastify/swagger` was not registered before, it is not made: it would keep 2 MB for nothing.
 */
export const routeSchema = (fastify: FastifyInstance, description: RouteDescription): FastifySchema =>
  fastify.hasDecorator('swagger') ? documentedSchema(description) : {}

const documentedSchema = ({
  summary,
  query,
  body,
  response,
  csv,
  params,
  isLive,
}: RouteDescription): DocumentedSchema => ({
  summary,
  tags: ['metrics'],
  headers: {
    type: 'object',
    required: [webhookHeaders.adminKey],
    properties: { [webhookHeaders.adminKey]: { type: 'string', description: 'The shared key.' } },
  },
  ...(body && { body: jsonSchema(body, 'input') }),
  ...(query && { querystring: jsonSchema(query, 'input') }),
  ...(params && { params: jsonSchema(params, 'input') }),
  response: {
    200: {
      description: 'The numbers; docs/numbers.md defines every field.',
      content: {
        ...(response && { 'application/json': { schema: jsonSchema(response, 'output') } }),
        ...(isLive && { 'text/event-stream': { schema: { type: 'string' } } }),
        ...(csv && { 'text/csv': { schema: { type: 'string' } } }),
        ...(!response && { 'text/plain': { schema: { type: 'string' } } }),
      },
    },
    ...errorSchemas(
      responseCodesOf('metrics').filter(
        (code) => (query || body || code !== 'invalid_request') && (params || code !== 'not_found'),
      ),
    ),
  },
})

const jsonSchema = (schema: z.ZodType, io: 'input' | 'output'): Record<string, unknown> => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  return rest
}
