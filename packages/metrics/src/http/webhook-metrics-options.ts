import type { AdminKeys } from '@altcontext/webhook-contract'
import {
  adminKeysOption,
  callback,
  clientAddressOption,
  clock,
  evenWhenOthersFail,
  falseOr,
  registerOptions,
  schemaNameOption,
  text,
  wholeNumber,
} from '@altcontext/webhook-contract/options'
import { type Database, databaseOption, type LeadScopeOf, leadScopeOption } from '@altcontext/webhook-store'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { type AlertOptions, alertsOption } from '../alerts/alert-options.ts'
import { resolveMetricsOptions } from '../resolve-metrics-options.ts'
import { checkRetention, type Retention, retentionSchema } from '../retention/check-retention.ts'
import { channelNamesSchema, rollupIntervalMs } from '../rollups/create-rollup-worker.ts'
import type { ChannelNames } from '../touches/normalise-channel.ts'
import type { ReportGateSettings } from './report-gate.ts'

export interface WebhookMetricsOptions {
  database: Database
  /**
   * `x-admin-key` (roadmap §6), at least 24 characters. Any key of a list is accepted, for rotation; undefined
   * and empty ones are ignored. Without a key every request gets 503 `admin_auth_not_configured`.
   */
  adminKeys: AdminKeys
  /**
   * Decides who may see the numbers, and write and delete notes and saved views, besides those with a key: for hosts with keys or
   * sessions of their own. The requests it lets in need no `x-admin-key`.
   */
  authorize?: ((request: FastifyRequest) => boolean | Promise<boolean>) | undefined
  /**
   * For a host that serves customers of its own: whose leads, visitors, events and tenants are counted. A function is called for
   * every request that may see numbers. @default everybody's
   */
  leadScope?: LeadScopeOf<FastifyRequest> | undefined
  /**
   * The address that wrong keys are counted for, where the host has a proxy in front and no `trustProxy`.
   * @default Fastify's `request.ip`
   */
  clientAddress?: ((request: FastifyRequest) => string) | undefined
  /** Where the routes are, after a `prefix` of `register`. @default '/v1/metrics' */
  path?: string | undefined
  /** The host's property whose daily rollups count visitors and leads. */
  marketingPropertyId: string
  /** The property under which refused webhook requests are recorded. @default 'description-service' */
  descriptionServicePropertyId?: string | undefined
  /** The in-process rollup; false where another process does it. @default { intervalMs: 60_000 } */
  worker?: { intervalMs?: number | undefined } | false | undefined
  /**
   * Whom to tell when something is wrong, and when it is over: silence, refusals, a channel that drops. Requires the `worker`,
   * which looks for them.
   * @default false
   */
  alerts?: AlertOptions | false | undefined
  /** How often a stream of live events looks for new ones, in milliseconds. @default { intervalMs: 1000 } */
  live?: { intervalMs?: number | undefined } | undefined
  /** The OpenMetrics route for Prometheus, with the same key. @default false */
  openMetrics?: { path: string } | false | undefined
  /**
   * The host's own names for channels, to the names of the reports: `{ 'Partner portal': 'partner' }`. The usual spellings
   * (`newsletter`, `E-Mail`) are known.
   */
  channelNames?: ChannelNames | undefined
  /** Horizons, checked at start-up. */
  retention?: Partial<Retention> | undefined
  /**
   * What the routes read from, such as a separate pool, so that no report takes a connection from the receiver.
   * @default `database`
   */
  reportDatabase?: Database | undefined
  /**
   * How many reports are read at the same time, how many wait for their turn, and how long each may wait and take. Further ones
   * get 503 `overloaded`. @default { concurrent: 2, waiting: 100, timeoutMs: 15_000 }, below four processors concurrent: 1
   */
  reports?: Partial<ReportGateSettings> | undefined
  /** The schema that holds the tables. @default the connection's search path */
  schema?: string | undefined
  /** The clock, in milliseconds since 1970. @default Date.now */
  now?: (() => number) | undefined
}

export interface ResolvedWebhookMetricsOptions extends z.output<typeof metricsOptionsSchema> {
  retention: Retention
}

const metricsOptionsSchema = z
  .strictObject({
    database: databaseOption(),
    adminKeys: adminKeysOption(),
    authorize: z.optional(callback<NonNullable<WebhookMetricsOptions['authorize']>>()),
    leadScope: z.optional(leadScopeOption<FastifyRequest>()),
    clientAddress: clientAddressOption<FastifyRequest>(),
    path: z._default(
      text().check(
        z.refine((path) => /^(\/[\w.~-]+)+$/.test(path), 'must be plain segments such as /v1/metrics'),
      ),
      '/v1/metrics',
    ),
    marketingPropertyId: text(),
    descriptionServicePropertyId: z._default(text(), 'description-service'),
    worker: z.prefault(falseOr(z.strictObject({ intervalMs: rollupIntervalMs })), {}),
    alerts: alertsOption(),
    live: z.strictObject({ intervalMs: z._default(wholeNumber(1, 60_000), 1000) }).prefault({}),
    openMetrics: z._default(
      falseOr(
        z.strictObject({ path: text().check(z.refine((path) => path.startsWith('/'), 'must start with /')) }),
      ),
      false,
    ),
    channelNames: channelNamesSchema,
    retention: retentionSchema.prefault({}),
    reportDatabase: z.optional(databaseOption()),
    reports: z
      .strictObject({
        concurrent: z.optional(wholeNumber(1, 100)),
        waiting: z.optional(wholeNumber(0, 10_000)),
        timeoutMs: z.optional(wholeNumber(100, 600_000)),
      })
      .optional(),
    schema: z.optional(schemaNameOption()),
    now: clock(),
    ...registerOptions,
  } satisfies Record<keyof WebhookMetricsOptions, z.core.$ZodType> & typeof registerOptions)
  .refine(({ alerts, worker }) => !(alerts && worker === false), {
    ...evenWhenOthersFail,
    error: 'alerts require the worker: give it, or give alerts to the process that has it',
  })

/**
 * Fills the defaults and checks everything at once.
 *
 * @throws {MetricsError} `invalid_options`, listing every problem; `contradicting_retention`.
 */
export const resolveWebhookMetricsOptions = (
  options: WebhookMetricsOptions,
): ResolvedWebhookMetricsOptions => {
  const resolved = resolveMetricsOptions(metricsOptionsSchema, options, 'set up the metrics')
  return { ...resolved, retention: checkRetention(resolved.retention) }
}
