import type { AdminKeys } from '@altcontext/webhook-contract'
import {
  adminKeysOption,
  callback,
  clientAddressOption,
  clock,
  registerOptions,
  resolveOptions,
  text,
  wholeNumber,
  withMethods,
} from '@altcontext/webhook-contract/options'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { SignOuts } from './create-sessions.ts'
import { DashboardError } from './dashboard-error.ts'

/** Options of `webhookDashboard`, beside Fastify's own `prefix`. */
export interface DashboardOptions {
  /**
   * The admin keys of the metrics routes: one, or a list for rotation, in which undefined and empty entries are
   * ignored. The first is sent to the routes, inside the process; any of them opens a session. Without a key the
   * page says that none is configured.
   */
  adminKeys: AdminKeys
  /** Where the metrics routes are mounted on the same server. @default '/v1/metrics' */
  metricsPath?: string | undefined
  /**
   * Decides who may see the numbers, in place of the sign-in page: for hosts with users of their own. It is
   * called for every request for data, never for the page's own files, which hold none.
   */
  authorize?: ((request: FastifyRequest) => boolean | Promise<boolean>) | undefined
  /**
   * What session cookies are signed with, at least 32 characters. Without one it is derived from `adminKeys`,
   * so that several processes and restarts share sessions, and removing a key ends them.
   */
  cookieSecret?: string | undefined
  /** How long a session lasts, in milliseconds, from one minute to 30 days. @default 43_200_000 (12 hours) */
  sessionMs?: number | undefined
  /**
   * Where signed-out sessions are remembered; `createSignOuts(database)` of `@altcontext/webhook-store` makes a sign-out hold
   * in every process and after a restart. While it fails, requests get 503. @default in this process
   */
  signOuts?: SignOuts | undefined
  /** Keys that one address may try per minute. @default 10 */
  signInsPerMinute?: number | undefined
  /**
   * The address that tried keys are counted for, where the host has a proxy in front and no `trustProxy`.
   * @default Fastify's `request.ip`
   */
  clientAddress?: ((request: FastifyRequest) => string) | undefined
  /** The clock, in milliseconds since 1970. @default Date.now */
  now?: (() => number) | undefined
}

export type ResolvedDashboardOptions = Readonly<z.output<typeof dashboardOptionsSchema>>

const minuteMs = 60_000
const minSecretLength = 32

const dashboardOptionsSchema = z.strictObject({
  adminKeys: adminKeysOption(),
  metricsPath: z._default(
    text().check(
      z.refine(
        (path) => /^\/[^?#]*[^/?#]$/.test(path),
        'must start with a slash, like /v1/metrics, and not end with one',
      ),
    ),
    '/v1/metrics',
  ),
  authorize: z.optional(callback<NonNullable<DashboardOptions['authorize']>>()),
  cookieSecret: z.optional(
    text().check(
      z.refine(
        (secret) => secret.length >= minSecretLength,
        `must have at least ${minSecretLength} characters`,
      ),
    ),
  ),
  sessionMs: z._default(wholeNumber(minuteMs, 30 * 24 * 60 * minuteMs), 12 * 60 * minuteMs),
  signOuts: z.optional(withMethods<SignOuts>(['add', 'has'], 'createSignOuts(database)')),
  signInsPerMinute: z._default(wholeNumber(1, 1000), 10),
  clientAddress: clientAddressOption<FastifyRequest>(),
  now: clock(),
  ...registerOptions,
} satisfies Record<keyof DashboardOptions, z.core.$ZodType> & typeof registerOptions)

/**
 * Checks every option and fills in the defaults.
 *
 * @throws {DashboardError} `invalid_options`, one message that names every problem and no value of a secret.
 */
export const resolveDashboardOptions = (options: DashboardOptions): ResolvedDashboardOptions =>
  Object.freeze(
    resolveOptions(dashboardOptionsSchema, options, {
      toError: (problems) =>
        new DashboardError('invalid_options', `Failed to register the dashboard: ${problems}.`),
    }),
  )
