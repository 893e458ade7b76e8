import { webhookHeaders } from '@altcontext/webhook-contract'
import type { FastifySchema } from 'fastify'
import { z } from 'zod'

// What @fastify/swagger reads besides Fastify's own fields.
interface DocumentedSchema extends FastifySchema {
  summary: string
  tags: string[]
}

interface RouteDescription {
  summary: string
  query?: z.ZodType
  /** Left out by the route that answers text. */
  response?: z.ZodType
  csv?: boolean
}

/** A route for OpenAPI. It documents: zod decides what is accepted, and answers go out as they are. */
export const routeSchema = ({ summary, query, response, csv }: RouteDescription): DocumentedSchema => ({
  summary,
  tags: ['metrics'],
  headers: {
    type: 'object',
    required: [webhookHeaders.adminKey],
    properties: { [webhookHeaders.adminKey]: { type: 'string', description: 'The shared key.' } },
  },
  ...(query && { querystring: jsonSchema(query, 'input') }),
  response: {
    200: {
      description: 'The numbers; docs/numbers.md defines every field.',
      content: {
        ...(response && { 'application/json': { schema: jsonSchema(response, 'output') } }),
        ...(csv && { 'text/csv': { schema: { type: 'string' } } }),
        ...(!response && { 'text/plain': { schema: { type: 'string' } } }),
      },
    },
    ...(query && {
      400: errorResponse('The query breaks a rule; `issues` names each field.', 'invalid_request'),
    }),
    401: errorResponse('A wrong key or none.', 'unauthorized'),
    500: errorResponse('Our fault.', 'internal_error'),
    503: errorResponse('No key is configured.', 'admin_auth_not_configured'),
  },
})

const jsonSchema = (schema: z.ZodType, io: 'input' | 'output'): Record<string, unknown> => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  return rest
}

const errorResponse = (description: string, error: string) => ({
  description,
  type: 'object',
  required: ['ok', 'error'],
  properties: {
    ok: { type: 'boolean', enum: [false] },
    error: { type: 'string', enum: [error] },
    ...(error === 'invalid_request' && {
      issues: {
        type: 'array',
        items: {
          type: 'object',
          required: ['path', 'message'],
          properties: { path: { type: 'string' }, message: { type: 'string' } },
        },
      },
    }),
  },
})
