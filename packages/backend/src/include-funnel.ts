import { type Funnel, readFunnel, reportGateOf, wantsFunnel } from '@altcontext/webhook-metrics'
import { databaseFor } from '@altcontext/webhook-store'
import type { FastifyRequest } from 'fastify'
import { resolveWebhookBackendOptions, type WebhookBackendOptions } from './webhook-backend-options.ts'

export interface IncludeFunnelOptions {
  /** Inclusive UTC days, as `YYYY-MM-DD`. */
  window: { from: string; to: string }
  /** @default the bridge's */
  marketingPropertyId?: string | undefined
}

/**
 * What the host's summary adds to its response: `{ funnel }` when the request asks for it, otherwise nothing.
 *
 * A cached summary must have `includeFunnel` in its key, and the customer, where the host has several.
 *
 * It waits for its turn among the reports of the bridge.
 *
 * @param bridge - the options of `webhookBackend`.
 * @throws {MetricsError} `invalid_request`, with `statusCode` 400, when `includeFunnel` is neither `true` nor `false`.
 * @throws {StoreError} with `statusCode` 503, when too many reports wait or it takes too long, and whenever a read fails.
 *
 * @example
 * return { ok: true, ...summary, ...(await includeFunnel(bridge, request, { window: { from, to } })) }
 */
export const includeFunnel = async (
  bridge: WebhookBackendOptions,
  request: FastifyRequest,
  { window, marketingPropertyId = bridge.marketingPropertyId }: IncludeFunnelOptions,
): Promise<{ funnel?: Funnel }> => {
  if (!wantsFunnel(request.query)) return {}
  const { reportDatabase, schema, leadScope, now } = resolveWebhookBackendOptions(bridge)
  const scoped = await databaseFor(reportDatabase, leadScope, request)
  const reports = reportGateOf(request.server.server).of(scoped)
  return { funnel: await readFunnel(reports, { window, marketingPropertyId, schema, now }) }
}
