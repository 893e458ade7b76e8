import { refuse } from '@altcontext/webhook-contract'
import { resolveCohortWindow } from '../../reads/cohort-periods.ts'
import { readBridge } from '../../reads/read-bridge.ts'
import { readChannel } from '../../reads/read-channel.ts'
import { readChannels } from '../../reads/read-channels.ts'
import { readCohorts } from '../../reads/read-cohorts.ts'
import { readRestatements } from '../../reads/read-restatements.ts'
import { readServiceUsage } from '../../reads/read-service-usage.ts'
import { readTenant } from '../../reads/read-tenant.ts'
import { readTenants } from '../../reads/read-tenants.ts'
import { resolveWindow } from '../../reads/window.ts'
import { bridgeResponseSchema } from '../../responses/bridge-response.ts'
import { channelColumns, toChannelRow } from '../../responses/channel-columns.ts'
import { channelResponseSchema } from '../../responses/channel-response.ts'
import { channelsResponseSchema } from '../../responses/channels-response.ts'
import { cohortColumns, toCohortRows } from '../../responses/cohort-columns.ts'
import { cohortsResponseSchema } from '../../responses/cohorts-response.ts'
import { columnsOf } from '../../responses/columns-of.ts'
import { restatementsResponseSchema } from '../../responses/restatements-response.ts'
import { serviceUsageResponseSchema, trendRowSchema } from '../../responses/service-usage-response.ts'
import { tenantResponseSchema } from '../../responses/tenant-response.ts'
import { tenantRowSchema, tenantsResponseSchema } from '../../responses/tenants-response.ts'
import type { AddRoute } from '../add-route.ts'
import {
  channelParamsSchema,
  channelQuerySchema,
  channelsQuerySchema,
  cohortsQuerySchema,
  emptyQuerySchema,
  maxTenants,
  restatementsQuerySchema,
  serviceUsageQuerySchema,
  tenantParamsSchema,
  tenantQuerySchema,
  tenantsQuerySchema,
} from '../query.ts'
import { sendRows } from '../send-rows.ts'
import { prefersCsv } from '../to-csv.ts'
import type { ResolvedWebhookMetricsOptions } from '../webhook-metrics-options.ts'

interface DaysOfQuery {
  from?: string | undefined
  to?: string | undefined
}

/** The numbers: each route reads one report. */
export const reportRoutes = (addRoute: AddRoute, options: ResolvedWebhookMetricsOptions): void => {
  const { rollupRetentionMonths } = options.retention
  const inWindow = <Query extends DaysOfQuery>({ from, to, ...query }: Query) => ({
    ...options,
    ...query,
    window: resolveWindow({ from, to }, options.now()),
  })

  addRoute(
    'GET /service-usage',
    {
      summary: 'Usage, funnel and daily trend of a window; as CSV the trend',
      query: serviceUsageQuerySchema,
      response: serviceUsageResponseSchema,
      csv: true,
    },
    async ({ database, query, request, reply }) => {
      const report = await readServiceUsage(database, { ...inWindow(query), rollupRetentionMonths })
      return sendRows(request, reply, { report, rows: report.trend, columns: columnsOf(trendRowSchema) })
    },
  )

  addRoute(
    'GET /channels',
    {
      summary: 'The funnel by marketing channel',
      query: channelsQuerySchema,
      response: channelsResponseSchema,
      csv: true,
    },
    async ({ database, query, request, reply }) => {
      const report = await readChannels(database, inWindow(query))
      const rows = report.channels.map(toChannelRow)
      return sendRows(request, reply, { report, rows, columns: channelColumns })
    },
  )

  addRoute(
    'GET /channels/*',
    {
      summary:
        'One channel: its tenants day by day, how fast they scanned, their campaigns and landing pages',
      params: channelParamsSchema,
      query: channelQuerySchema,
      response: channelResponseSchema,
    },
    ({ database, query, params }) => readChannel(database, { ...inWindow(query), channel: params['*'] }),
  )

  addRoute(
    'GET /cohorts',
    {
      summary: 'How many of the tenants of each week or month scan in the weeks or months since',
      query: cohortsQuerySchema,
      response: cohortsResponseSchema,
      csv: true,
    },
    async ({ database, query: { from, to, by = 'week', channel }, request, reply }) => {
      const window = resolveCohortWindow({ from, to, by }, options.now())
      const report = await readCohorts(database, { ...options, rollupRetentionMonths, by, channel, window })
      const rows = report.cohorts.flatMap(toCohortRows)
      return sendRows(request, reply, { report, rows, columns: cohortColumns })
    },
  )

  addRoute(
    'GET /tenants',
    {
      summary: 'Every tenant: channel, milestones, usage in the window; as CSV up to 10,000 at once',
      query: tenantsQuerySchema,
      response: tenantsResponseSchema,
      csv: true,
    },
    async ({ database, query, request, reply }) => {
      const limit = prefersCsv(request.headers.accept) ? { limit: maxTenants } : {}
      const report = await readTenants(database, { ...limit, ...inWindow(query) })
      reply.header('x-total-count', report.page.total)
      return sendRows(request, reply, { report, rows: report.tenants, columns: columnsOf(tenantRowSchema) })
    },
  )

  addRoute(
    'GET /tenants/*',
    {
      summary: 'One tenant: milestones, touches, daily usage, and its events as they are stored',
      params: tenantParamsSchema,
      query: tenantQuerySchema,
      response: tenantResponseSchema,
    },
    async ({ database, query, params, reply }) =>
      (await readTenant(database, { ...inWindow(query), tenantId: params['*'] })) ??
      refuse(reply, 'not_found'),
  )

  addRoute(
    'GET /restatements',
    {
      summary: 'What changed days that were over, when and why',
      query: restatementsQuerySchema,
      response: restatementsResponseSchema,
    },
    ({ database, query }) => readRestatements(database, inWindow(query)),
  )

  addRoute(
    'GET /bridge',
    {
      summary: 'How far the numbers can be trusted, and what arrived today',
      query: emptyQuerySchema,
      response: bridgeResponseSchema,
    },
    ({ database }) => readBridge(database, options),
  )
}
