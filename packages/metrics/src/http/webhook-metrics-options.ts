import { type AdminKeys, readAdminKeys } from '@altcontext/webhook-contract'
import type { Database } from '@altcontext/webhook-store'
import { MetricsError } from '../metrics-error.ts'
import { checkRetention, type Retention } from '../retention/check-retention.ts'

export interface WebhookMetricsOptions {
  database: Database
  /**
   * `x-admin-key` (roadmap §6), at least 24 characters. Any of a list passes, for rotation; what is undefined or
   * empty in it is passed over. Without a key every request is answered with 503 `admin_auth_not_configured`.
   */
  adminKeys: AdminKeys
  /** The host's property whose daily rollups count visitors and leads. */
  marketingPropertyId: string
  /** The property under which refused webhook requests are recorded. @default 'description-service' */
  descriptionServicePropertyId?: string | undefined
  /** The in-process rollup; false where another process does it. @default { intervalMs: 60_000 } */
  worker?: { intervalMs?: number | undefined } | false | undefined
  /** The OpenMetrics route for Prometheus, with the same key. @default false */
  openMetrics?: { path: string } | false | undefined
  /** Horizons, checked at start-up. */
  retention?: Partial<Retention> | undefined
  /** The schema that holds the tables. @default the connection's search path */
  schema?: string | undefined
  /** The clock, in milliseconds since 1970. @default Date.now */
  now?: (() => number) | undefined
}

export interface ResolvedWebhookMetricsOptions {
  database: Database
  adminKeys: readonly string[]
  marketingPropertyId: string
  descriptionServicePropertyId: string
  worker: { intervalMs: number } | false
  openMetrics: { path: string } | false
  retention: Retention
  schema: string | undefined
  now: () => number
}

/**
 * Fills the defaults and checks everything at once.
 *
 * @throws {MetricsError} `invalid_options`, listing every problem; `contradicting_retention`.
 */
export const resolveWebhookMetricsOptions = (
  options: WebhookMetricsOptions,
): ResolvedWebhookMetricsOptions => {
  const adminKeys = readAdminKeys(options.adminKeys)
  const worker = options.worker === false ? false : { intervalMs: options.worker?.intervalMs ?? 60_000 }
  const openMetrics = options.openMetrics ?? false
  const problems = [
    typeof options.database?.query === 'function'
      ? []
      : ['database is missing: use fromPg(pool) or fromPrisma(client)'],
    ...adminKeys.problems,
    options.marketingPropertyId ? [] : ['marketingPropertyId is missing'],
    !worker || isInterval(worker.intervalMs)
      ? []
      : [`worker.intervalMs is ${worker.intervalMs}: use whole milliseconds from 1 to 2147483647`],
    !openMetrics || openMetrics.path?.startsWith('/') ? [] : ['openMetrics.path must start with /'],
  ].flat()
  if (problems.length > 0) {
    throw new MetricsError(
      'invalid_options',
      `Failed to set up the metrics: ${problems.join('; ')}. Correct the options.`,
    )
  }
  return {
    database: options.database,
    adminKeys: adminKeys.keys,
    marketingPropertyId: options.marketingPropertyId,
    descriptionServicePropertyId: options.descriptionServicePropertyId ?? 'description-service',
    worker,
    openMetrics,
    retention: checkRetention(options.retention),
    schema: options.schema,
    now: options.now ?? Date.now,
  }
}

const isInterval = (ms: number): boolean => Number.isSafeInteger(ms) && ms >= 1 && ms <= 2_147_483_647
