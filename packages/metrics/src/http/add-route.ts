import { isJson, refuse } from '@altcontext/webhook-contract'
import type { Database } from '@altcontext/webhook-store'
import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify'
import type { z } from 'zod'
import { parseQuery } from './query.ts'
import { type RouteDescription, routeSchema } from './route-schema.ts'

export interface AddRouteSettings {
  /** Where the routes are. */
  path: string
  /** Fastify's, for other plugins. */
  config: object
  /** The database for the client's customer. */
  databaseOf(request: FastifyRequest): Promise<Database>
}

type Parsed<Schema> = Schema extends z.ZodObject ? z.output<Schema> : undefined

/** A request that matches the description of its route. */
interface ParsedRequest<Description extends RouteDescription> {
  query: Parsed<Description['query']>
  params: Parsed<Description['params']>
  body: Parsed<Description['body']>
  database: Database
  request: FastifyRequest
  reply: FastifyReply
}

/** Adds a route below `path` that checks the request against its description and responds with what `handle` returns. */
export type AddRoute = <const Description extends RouteDescription>(
  route: `${Extract<HTTPMethods, 'GET' | 'POST' | 'DELETE'>} /${string}`,
  description: Description,
  handle: (parsed: ParsedRequest<Description>) => Promise<unknown>,
) => void

const bodyLimit = 16_384

// A form on another site cannot send JSON, and a host may have parsers for the types that it can send.
const refuseOtherThanJson = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> =>
  isJson(request.headers['content-type']) ? undefined : refuse(reply, 'unsupported_media_type')

export const createAddRoute =
  (fastify: FastifyInstance, { path, config, databaseOf }: AddRouteSettings): AddRoute =>
  (route, description, handle) => {
    const [method = '', below = ''] = route.split(' ')
    const { query, params, body } = description
    const parse = (schema: z.ZodObject | undefined, value: unknown) => schema && parseQuery(schema, value)
    fastify.route({
      method,
      url: path + below,
      config,
      schema: routeSchema(fastify, description),
      ...(body && { bodyLimit, onRequest: refuseOtherThanJson }),
      handler: async (request, reply) => {
        const parsed = {
          params: parse(params, request.params),
          query: parse(query, request.query),
          body: parse(body, request.body),
        } as Pick<ParsedRequest<typeof description>, 'params' | 'query' | 'body'>
        return handle({ ...parsed, database: await databaseOf(request), request, reply })
      },
    })
  }
