import { refuse, responseCodeOfStatus, responses } from '@altcontext/webhook-contract'
import rateLimit from '@fastify/rate-limit'
import type { FastifyError, FastifyInstance, FastifyRequest, FastifySchema } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import { type DashboardOptions, resolveDashboardOptions } from './dashboard-options.ts'
import { metricsProxy } from './metrics-proxy.ts'
import { pageFiles } from './page-files.ts'
import { securityHeaders } from './security-headers.ts'
import { SignOutsUnknown, sessionRoutes, type Viewer } from './session-routes.ts'

const dashboard = async (app: FastifyInstance, input: DashboardOptions): Promise<void> => {
  const options = resolveDashboardOptions(input)

  app.addHook('onRoute', (route) => {
    // Not part of the API that @fastify/swagger describes.
    route.schema = { ...route.schema, hide: true } as FastifySchema
  })
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers(securityHeaders)
  })
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const isAway = error instanceof SignOutsUnknown
    const code = isAway ? 'database_unavailable' : responseCodeOfStatus(error.statusCode ?? 500)
    if (responses[code].status >= 500) request.log.error({ err: error }, 'the dashboard failed to respond')
    if (isAway) reply.header('retry-after', '5')
    return refuse(reply, code)
  })

  // A separate registration: the host's may be absent, and what the host allows must not loosen the sign-in.
  await app.register(rateLimit, { global: false })
  await pageFiles(app)
  await app.register(
    async (api) => {
      api.addHook('onRequest', async (request, reply) => {
        reply.header('cache-control', 'no-store')
        const site = request.headers['sec-fetch-site']
        if (site === 'cross-site' || site === 'same-site') return refuse(reply, 'forbidden')
      })
      const viewerOf = sessionRoutes(api, options)
      const viewers = new WeakMap<FastifyRequest, Viewer>()
      await api.register(async (guarded) => {
        guarded.addHook('onRequest', async (request, reply) => {
          const viewer = await viewerOf(request)
          if (viewer === undefined) return refuse(reply, 'unauthorized')
          viewers.set(request, viewer)
        })
        metricsProxy(guarded, { options, viewerOf, viewers })
      })
    },
    { prefix: '/api' },
  )
  // Without this a catch-all of the host would handle unknown addresses under the prefix.
  app.all('/*', (_request, reply) => refuse(reply, 'not_found'))
}

/**
 * Serves the dashboard under its `prefix`, from the built page in this package and the metrics routes of the
 * same server. It may be registered several times, with different prefixes.
 *
 * @throws {DashboardError} `invalid_options`, `page_not_built`
 * @example
 * await app.register(webhookDashboard, { prefix: '/dashboard', adminKeys: [adminApiKey] })
 */
export const webhookDashboard = fastifyPlugin(dashboard, {
  name: '@altcontext/webhook-dashboard',
  fastify: '5.x',
  encapsulate: true,
})
