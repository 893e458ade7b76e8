import {
  createKeyCheck,
  createPerMinute,
  responses,
  webhookHeaders,
  wrongKeyLimitOf,
} from '@altcontext/webhook-contract'
import { databaseFor, inLeadScope, isStoreError } from '@altcontext/webhook-store'
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import { isMetricsError } from '../metrics-error.ts'
import { readBridge } from '../reading/read-bridge.ts'
import { readChannels } from '../reading/read-channels.ts'
import { readRestatements } from '../reading/read-restatements.ts'
import { readServiceUsage } from '../reading/read-service-usage.ts'
import { readTenants } from '../reading/read-tenants.ts'
import { resolveWindow } from '../reading/window.ts'
import { bridgeResponseSchema } from '../responses/bridge-response.ts'
import { channelColumns, toChannelRow } from '../responses/channel-columns.ts'
import { channelsResponseSchema } from '../responses/channels-response.ts'
import { columnsOf } from '../responses/columns-of.ts'
import { restatementsResponseSchema } from '../responses/restatements-response.ts'
import { serviceUsageResponseSchema, trendRowSchema } from '../responses/service-usage-response.ts'
import { tenantRowSchema, tenantsResponseSchema } from '../responses/tenants-response.ts'
import { createRollupWorker, type RollupWork } from '../rollups/create-rollup-worker.ts'
import { leftBy, watchLeaving } from './left-by.ts'
import {
  channelsQuerySchema,
  emptyQuerySchema,
  maxTenants,
  parseQuery,
  restatementsQuerySchema,
  serviceUsageQuerySchema,
  tenantsQuerySchema,
} from './query.ts'
import { openMetricsContentType, readOpenMetrics } from './read-open-metrics.ts'
import { refuse } from './refuse.ts'
import { reportGateOf } from './report-gate.ts'
import { routeSchema } from './route-schema.ts'
import { channelRoute } from './routes/channel-route.ts'
import { cohortsRoute } from './routes/cohorts-route.ts'
import { eventsRoutes } from './routes/events-routes.ts'
import { notesRoutes } from './routes/notes-routes.ts'
import { tenantRoute } from './routes/tenant-route.ts'
import { sendRows } from './send-rows.ts'
import { prefersCsv } from './to-csv.ts'
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
  // The host's @fastify/rate-limit counts by address, and all viewers of a dashboard come from one: they would share what one
  // may ask.
  const config = { rateLimit: false } as const
  watchLeaving(fastify)
  fastify.addHook('onRequest', async (request, reply) => {
    if (options.adminKeys.length === 0 && options.authorize === undefined) {
      return refuse(reply, 'admin_auth_not_configured')
    }
    if (!(await mayRead(request))) {
      const verdict = wrongKeys.take(options.clientAddress(request))
      if (verdict.isAllowed) return refuse(reply, 'unauthorized')
      reply.header('retry-after', Math.ceil(verdict.retryAfterMs / 1000))
      return refuse(reply, 'rate_limited')
    }
  })
  const lines = createPerMinute(1)
  fastify.setErrorHandler((error: { statusCode?: number }, request, reply) => {
    if (isMetricsError(error) && error.code === 'invalid_request') {
      return refuse(reply, 'invalid_request', error.issues)
    }
    // Nobody is there to be answered.
    if (leftBy(request).aborted) return reply.hijack()
    // What the host's own hooks refuse, such as too many requests, is the host's to answer.
    if (error.statusCode !== undefined && error.statusCode < 500) throw error
    const response = isStoreError(error) ? error.response : 'internal_error'
    // One line tells of a hundred readers who are turned away in the same minute, and the next minute's first how many they were.
    const { isWithin, leftOut } = lines.count(response, now())
    if (isWithin) {
      request.log.error({ err: error, ...(leftOut > 0 && { leftOut }) }, 'failed to read metrics')
    }
    if ('hasRetryAfter' in responses[response]) reply.header('retry-after', '5')
    return refuse(reply, response)
  })

  fastify.get(
    `${options.path}/service-usage`,
    {
      config,
      schema: routeSchema(fastify, {
        summary: 'Usage, funnel and daily trend of a window; as CSV the trend',
        query: serviceUsageQuerySchema,
        response: serviceUsageResponseSchema,
        csv: true,
      }),
    },
    async (request, reply) => {
      const { from, to, ...query } = parseQuery(serviceUsageQuerySchema, request.query)
      const answer = await readServiceUsage(await databaseOf(request), {
        ...options,
        ...query,
        rollupRetentionMonths: options.retention.rollupRetentionMonths,
        window: resolveWindow({ from, to }, now()),
      })
      return sendRows(request, reply, { answer, rows: answer.trend, columns: columnsOf(trendRowSchema) })
    },
  )

  fastify.get(
    `${options.path}/channels`,
    {
      config,
      schema: routeSchema(fastify, {
        summary: 'The funnel by marketing channel',
        query: channelsQuerySchema,
        response: channelsResponseSchema,
        csv: true,
      }),
    },
    async (request, reply) => {
      const { from, to, ...query } = parseQuery(channelsQuerySchema, request.query)
      const window = resolveWindow({ from, to }, now())
      const answer = await readChannels(await databaseOf(request), { ...options, ...query, window })
      return sendRows(request, reply, {
        answer,
        rows: answer.channels.map(toChannelRow),
        columns: channelColumns,
      })
    },
  )

  fastify.get(
    `${options.path}/tenants`,
    {
      config,
      schema: routeSchema(fastify, {
        summary: 'Every tenant: channel, milestones, usage in the window; as CSV up to 10,000 at once',
        query: tenantsQuerySchema,
        response: tenantsResponseSchema,
        csv: true,
      }),
    },
    async (request, reply) => {
      const { from, to, ...page } = parseQuery(tenantsQuerySchema, request.query)
      const answer = await readTenants(await databaseOf(request), {
        ...options,
        ...(prefersCsv(request.headers.accept) && { limit: maxTenants }),
        ...page,
        window: resolveWindow({ from, to }, now()),
      })
      reply.header('x-total-count', answer.page.total)
      return sendRows(request, reply, { answer, rows: answer.tenants, columns: columnsOf(tenantRowSchema) })
    },
  )

  fastify.get(
    `${options.path}/restatements`,
    {
      config,
      schema: routeSchema(fastify, {
        summary: 'What changed days that were over, when and why',
        query: restatementsQuerySchema,
        response: restatementsResponseSchema,
      }),
    },
    async (request) => {
      const { from, to, ...page } = parseQuery(restatementsQuerySchema, request.query)
      const window = resolveWindow({ from, to }, now())
      return readRestatements(await databaseOf(request), { ...options, ...page, window })
    },
  )

  const context = { options, databaseOf, mayRead, config }
  channelRoute(fastify, context)
  tenantRoute(fastify, context)
  notesRoutes(fastify, context)
  cohortsRoute(fastify, context)
  await eventsRoutes(fastify, context)

  fastify.get(
    `${options.path}/bridge`,
    {
      config,
      schema: routeSchema(fastify, {
        summary: 'How far the numbers can be trusted, and what arrived today',
        query: emptyQuerySchema,
        response: bridgeResponseSchema,
      }),
    },
    async (request) => {
      parseQuery(emptyQuerySchema, request.query)
      return readBridge(await databaseOf(request), options)
    },
  )

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
  visits: 'failed to copy what leads and visitors came from',
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
