import cors from '@fastify/cors'
import formbody from '@fastify/formbody'
import rateLimit from '@fastify/rate-limit'
import swagger from '@fastify/swagger'
import fastify, { type FastifyInstance } from 'fastify'
import { type DatabaseHandle, poolBeside } from './database/create-pool.ts'
import type { Environment } from './environment.ts'
import { createRequestLog } from './http/create-request-log.ts'
import { endUnreadBodies } from './http/end-unread-bodies.ts'
import { handleErrors } from './http/handle-errors.ts'
import { type LogStream, loggerOptions } from './http/logger-options.ts'
import { RequestError } from './http/request-error.ts'
import { mountBridge } from './mount-bridge.ts'
import { createRejectionLog, type RejectionLog } from './rejections/create-rejection-log.ts'
import { createDailyRollup, type DailyRollup } from './rollups/create-daily-rollup.ts'
import { eventsRoute } from './routes/events-route.ts'
import { healthzRoute } from './routes/healthz-route.ts'
import { leadsCaptureRoute } from './routes/leads-capture-route.ts'
import { leadsConfirmRoute } from './routes/leads-confirm-route.ts'
import { leadsDeleteRoute } from './routes/leads-delete-route.ts'
import { leadsUnsubscribeRoute } from './routes/leads-unsubscribe-route.ts'
import { metricsSummaryRoute } from './routes/metrics-summary-route.ts'
import { pageRoutes } from './routes/page-routes.ts'
import type { RouteContext } from './routes/route-context.ts'
import { siteRoute } from './routes/site-route.ts'

export interface ServerOptions {
  environment: Environment
  database: DatabaseHandle
  /** The server's clock. @default () => new Date() */
  now?: () => Date
  /** Where log lines go. @default standard output */
  logStream?: LogStream
}

export interface MarketingServer {
  app: FastifyInstance
  dailyRollup: DailyRollup
  rejections: RejectionLog
}

/** The whole server, not listening yet. Closing `app` writes everything that is pending; the caller ends the pool. */
export const createServer = async (options: ServerOptions): Promise<MarketingServer> => {
  const { environment, database, now = () => new Date(), logStream } = options
  const app = fastify({
    logger: loggerOptions(environment.logLevel, logStream),
    logController: createRequestLog(now),
    trustProxy: (_address, hop) => hop < environment.trustedProxyHops,
    // Connections that send their request a byte at a time, or nothing, are cut within seconds, before there are many.
    requestTimeout: 30_000,
    http: { headersTimeout: 10_000, connectionsCheckingInterval: 2_000 },
  })
  app.server.maxConnections = 2000
  const log = () => app.log
  const rejections = createRejectionLog(database, { now, log })
  const dailyRollup = createDailyRollup(database, { now, log })
  const ownHosts = new Set(environment.corsAllowedOrigins.map((origin) => new URL(origin).host))
  const reportPool = poolBeside(database.pool, { max: 2 })
  const context: RouteContext = {
    ...database,
    reportPool,
    environment,
    rejections,
    dailyRollup,
    ownHosts,
    now,
  }
  app.addHook('onClose', async () => {
    await dailyRollup.stop()
    await rejections.close()
  })

  await app.register(cors, { origin: environment.corsAllowedOrigins })
  await app.register(formbody)
  await app.register(rateLimit, {
    max: 120,
    timeWindow: '1 minute',
    errorResponseBuilder: () => new RequestError('rate_limited'),
  })
  handleErrors(app, rejections)
  endUnreadBodies(app)
  await describeRoutes(app)
  await app.register((scope) => hostRoutes(scope, context))
  await mountBridge(app, context)
  return { app, dailyRollup, rejections }
}

const hostRoutes = async (app: FastifyInstance, context: RouteContext): Promise<void> => {
  // The handlers parse with zod; the schemas of these routes are their description.
  app.setValidatorCompiler(() => () => true)
  app.setSerializerCompiler(() => JSON.stringify)
  healthzRoute(app, context)
  leadsCaptureRoute(app, context)
  leadsUnsubscribeRoute(app, context)
  leadsConfirmRoute(app, context)
  leadsDeleteRoute(app, context)
  metricsSummaryRoute(app, context)
  await app.register((scope) => eventsRoute(scope, context))
  await app.register(siteRoute)
  await app.register(pageRoutes)
}

/** The OpenAPI document of every route registered after this, for `/docs`. */
const describeRoutes = async (app: FastifyInstance): Promise<void> => {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Marketing backend', version: '1.0.0' },
      components: { securitySchemes: { adminKey: { type: 'apiKey', in: 'header', name: 'x-admin-key' } } },
    },
  })
}
