import {
  createKeyCheck,
  createPerMinute,
  refuse,
  refuseWrongKey,
  responses,
  webhookHeaders,
  wrongKeyLimitOf,
} from '@altcontext/webhook-contract'
import { databaseFor, inLeadScope, isStoreError } from '@altcontext/webhook-store'
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import { isMetricsError } from '../metrics-error.ts'
import { createRollupWorker, type RollupWork } from '../rollups/create-rollup-worker.ts'
import { createAddRoute } from './add-route.ts'
import { leftBy, watchLeaving } from './left-by.ts'
import { openMetricsContentType, readOpenMetrics } from './read-open-metrics.ts'
import { reportGateOf } from './report-gate.ts'
import { routeSchema } from './route-schema.ts'
import { eventsRoutes } from './routes/events-routes.ts'
import { notesRoutes } from './routes/notes-routes.ts'
import { reportRoutes } from './routes/report-routes.ts'
import { resolveWebhookMetricsOptions, type WebhookMetricsOptions } from './webhook-metrics-options.ts'

const plugin: FastifyPluginAsync<WebhookMetricsOptions> = async (fastify, rawOptions) => {
  const options = resolveWebhookMetricsOptions(rawOptions)
  const { database, now } = options
  const isRightKey = createKeyCheck(options.adminKeys)
  const gate = reportGateOf(fastify.server, options.reports)
  const databaseOf = async (request: FastifyRequest) =>
    gate.of(
      await databaseFor(options.reportDatabase ?? database, options.leadScope, request),
      leftBy(request),
    )
  const wrongKeys = wrongKeyLimitOf(fastify.server, { now })

  // This scope is the plugin's own: the host's validators and its error handler stay as they are.
  fastify.setValidatorCompiler(() => () => true)
  fastify.setSerializerCompiler(() => JSON.stringify)
  const mayRead = async (request: FastifyRequest): Promise<boolean> =>
    isRightKey(request.headers[webhookHeaders.adminKey]) || (await options.authorize?.(request)) === true
  // The host's @fastify/rate-limit counts by address, and all viewers of a dashboard come from one address: they would share its
  // limit.
  const config = { rateLimit: false } as const
  watchLeaving(fastify)
  fastify.addHook('onRequest', async (request, reply) => {
    if (options.adminKeys.length === 0 && options.authorize === undefined) {
      return refuse(reply, 'admin_auth_not_configured')
    }
    if (await mayRead(request)) return
    return refuseWrongKey(reply, wrongKeys.take(options.clientAddress(request)))
  })
  const lines = createPerMinute(1)
  fastify.setErrorHandler((error: { statusCode?: number }, request, reply) => {
    if (isMetricsError(error) && error.code === 'invalid_request') {
      return refuse(reply, 'invalid_request', error.issues)
    }
    // Nobody is waiting for a response.
    if (leftBy(request).aborted) return reply.hijack()
    // What the host's own hooks refuse, such as too many requests, the host responds to.
    if (error.statusCode !== undefined && error.statusCode < 500) throw error
    const response = isStoreError(error) ? error.response : 'internal_error'
    // One line is enough for a hundred readers who are refused in the same minute; the next minute's first line says how many they were.
    const { isWithin, leftOut } = lines.count(response, now())
    if (isWithin) {
      request.log.error({ err: error, ...(leftOut > 0 && { leftOut }) }, 'failed to read metrics')
    }
    if ('hasRetryAfter' in responses[response]) reply.header('retry-after', '5')
    return refuse(reply, response)
  })

  const { path } = options
  const addRoute = createAddRoute(fastify, { path, config, databaseOf })
  reportRoutes(addRoute, options)
  // They are few and small: no place among the reports.
  const ownDatabaseOf = (request: FastifyRequest) => databaseFor(database, options.leadScope, request)
  notesRoutes(createAddRoute(fastify, { path, config, databaseOf: ownDatabaseOf }), options)
  await eventsRoutes(fastify, { options, databaseOf, mayRead, config })

  if (options.openMetrics !== false) {
    fastify.get(
      options.openMetrics.path,
      { config, schema: routeSchema(fastify, { summary: 'Aggregates as OpenMetrics text, for Prometheus' }) },
      async (request, reply) =>
        reply.type(openMetricsContentType).send(await readOpenMetrics(await databaseOf(request), options)),
    )
  }

  if (options.worker !== false) {
    const { leadScope } = options
    const worker = createRollupWorker({
      database: typeof leadScope === 'object' ? inLeadScope(database, leadScope) : database,
      hasCustomers: typeof leadScope === 'function',
      schema: options.schema,
      now,
      intervalMs: options.worker.intervalMs,
      marketingPropertyId: options.marketingPropertyId,
      channelNames: options.channelNames,
      alerts: options.alerts,
      descriptionServicePropertyId: options.descriptionServicePropertyId,
      onRun: (result) => fastify.log.debug(result, 'rolled up service usage'),
      onError: (error, work) => fastify.log.error({ err: error }, failed[work]),
    })
    fastify.addHook('onReady', async () => worker.start())
    fastify.addHook('onClose', () => worker.close())
  }
}

const failed: Record<RollupWork, string> = {
  rollup: 'failed to roll up service usage',
  visits: 'failed to copy where leads and visitors came from',
  alerts: 'failed to look for alerts or to send one',
}

/**
 * The metrics of the bridge in a Fastify 5 server: `GET /v1/metrics/service-usage`, `/channels`, `/channels/:channel`, `/cohorts`,
 * `/tenants`, `/tenants/:id`, `/events`, `/restatements` and `/bridge`, and a worker that keeps the rollups up to date. Everything stays in the plugin's own scope.
 *
 * @throws {MetricsError} `invalid_options` or `contradicting_retention`, when the server gets ready.
 *
 * @example
 * app.register(webhookMetrics, {
 *   database: fromPg(pool),
 *   adminKeys: process.env.ADMIN_API_KEY,
 *   marketingPropertyId: 'marketing-site',
 * })
 */
export const webhookMetrics: FastifyPluginAsync<WebhookMetricsOptions> = fastifyPlugin(plugin, {
  name: '@altcontext/webhook-metrics',
  fastify: '5.x',
  encapsulate: true,
})
