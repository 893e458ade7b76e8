import type { FastifyInstance } from 'fastify'
import { readChannel } from '../../reading/read-channel.ts'
import { resolveWindow } from '../../reading/window.ts'
import { channelResponseSchema } from '../../responses/channel-response.ts'
import { channelParamsSchema, channelQuerySchema, parseQuery } from '../query.ts'
import { routeSchema } from '../route-schema.ts'
import type { RouteContext } from './route-context.ts'

export const channelRoute = (
  fastify: FastifyInstance,
  { options, databaseOf, config }: RouteContext,
): void => {
  fastify.get(
    `${options.path}/channels/*`,
    {
      config,
      schema: routeSchema(fastify, {
        summary:
          'One channel: its tenants day by day, how fast they scanned, their campaigns and landing pages',
        params: channelParamsSchema,
        query: channelQuerySchema,
        response: channelResponseSchema,
      }),
    },
    async (request) => {
      const { '*': channel } = parseQuery(channelParamsSchema, request.params)
      const { from, to, horizonDays } = parseQuery(channelQuerySchema, request.query)
      const window = resolveWindow({ from, to }, options.now())
      return readChannel(await databaseOf(request), { ...options, channel, horizonDays, window })
    },
  )
}
