import { webhookDashboard } from '@altcontext/webhook-dashboard'
import { readMarketingProperties, webhookMetrics } from '@altcontext/webhook-metrics'
import { recordIngestRejections, webhookReceiver } from '@altcontext/webhook-receiver'
import { checkDatabase, createSignOuts, isStoreError, sqlStateOf } from '@altcontext/webhook-store'
import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import {
  type ResolvedWebhookBackendOptions,
  resolveWebhookBackendOptions,
  type WebhookBackendOptions,
} from './webhook-backend-options.ts'

const plugin: FastifyPluginAsync<WebhookBackendOptions> = async (app, given) => {
  const options = resolveWebhookBackendOptions(given)
  const { database, schema, readKeys, authorize, leadScope, clientAddress, now } = options
  await lookFirst(app, options)
  if (options.ingestKeys.length === 0) {
    app.log.warn(
      'adminKeys has no key: every webhook gets 503 admin_auth_not_configured. Set ADMIN_API_KEY, at least 24 characters, and give it to webhookBackend.',
    )
  }

  const base = app.prefix === '' ? '/v1' : ''
  const record = recordIngestRejections(database, { schema })
  await app.register(webhookReceiver, {
    database,
    schema,
    adminKeys: options.ingestKeys,
    leadScope,
    clientAddress,
    path: `${base}/webhooks/description-service`,
    rateLimit: options.rateLimit,
    eventRateLimit: options.eventRateLimit,
    signingSecrets: options.signingSecrets,
    // If the customer depends on the request, the host may know none for a wrong key.
    onRefused: (refused) =>
      typeof leadScope === 'function' && refused.leadScope === undefined ? undefined : record(refused),
    now,
  })
  await app.register(webhookMetrics, {
    database,
    schema,
    reportDatabase: options.reportDatabase,
    adminKeys: readKeys,
    authorize,
    leadScope,
    clientAddress,
    path: `${base}/metrics`,
    marketingPropertyId: options.marketingPropertyId,
    openMetrics: { path: `${base}/metrics/open-metrics` },
    worker: options.worker,
    alerts: options.alerts,
    now,
  })
  await app.register(webhookDashboard, {
    prefix: `${base}/dashboard`,
    metricsPath: `${app.prefix}${base}/metrics`,
    // The host's own `authorize` must decide about the metrics too: with a key beside it they could not tell which customer the viewer belongs to.
    adminKeys: authorize === undefined ? readKeys : undefined,
    authorize,
    signOuts: createSignOuts(database, { schema, now }),
    clientAddress,
    now,
  })
}

/**
 * Receiver, metrics and dashboard of the bridge, below one prefix, in one line. Before it serves requests it checks what
 * the database's role can see, and refuses to start if that would silently give wrong numbers.
 *
 * | route | |
 * |---|---|
 * | `POST <prefix>/webhooks/description-service`, and `/batch` | of `@altcontext/webhook-receiver` |
 * | `GET <prefix>/metrics/...`, and `/open-metrics` for Prometheus | of `@altcontext/webhook-metrics` |
 * | `<prefix>/dashboard/` | of `@altcontext/webhook-dashboard` |
 *
 * The prefix is `/v1` if none is given.
 *
 * @throws {BackendError} `invalid_options`; {StoreError} `unfit_database`: while the server gets ready, naming every problem.
 *
 * @example
 * app.register(webhookBackend, { pool, adminKeys: process.env.ADMIN_API_KEY, marketingPropertyId: 'default', prefix: '/v1' })
 */
export const webhookBackend: FastifyPluginAsync<WebhookBackendOptions> = fastifyPlugin(plugin, {
  name: '@altcontext/webhook-backend',
  fastify: '5.x',
  encapsulate: true,
})

/** @throws {StoreError} `unfit_database` */
const lookFirst = async (app: FastifyInstance, options: ResolvedWebhookBackendOptions): Promise<void> => {
  const { database, schema, leadScope, marketingPropertyId } = options
  try {
    await checkDatabase(database, { schema, leadScope })
    const scoped =
      typeof leadScope === 'object' ? (database.withLeadScope?.(leadScope) ?? database) : database
    const properties = await readMarketingProperties(scoped, { schema })
    if (properties.length > 0 && !properties.some(({ propertyId }) => propertyId === marketingPropertyId)) {
      app.log.error(
        { marketingPropertyId, properties },
        `no daily_metric_rollups of marketingPropertyId "${marketingPropertyId}": the funnel will have no visitors. Those with rollups: ${properties.map(({ propertyId, days }) => `"${propertyId}" (${days} days)`).join(', ')}`,
      )
    }
  } catch (error) {
    const isAway = isStoreError(error) ? error.code === 'database_unavailable' : isConnectionFault(error)
    if (!isAway) throw error
    // An unavailable database is no reason not to start: senders are told to try again.
    app.log.error({ err: error }, 'the database could not be checked before the start of the bridge')
  }
}

/** No response at all, or that of a server that is starting, stopping or full. */
const isConnectionFault = (error: unknown): boolean => {
  const state = sqlStateOf(error)
  return state === undefined || /^(08|53|57)/.test(state)
}
