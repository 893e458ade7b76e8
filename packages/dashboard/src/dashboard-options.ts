import { type AdminKeys, readAdminKeys } from '@altcontext/webhook-contract'
import type { FastifyRequest } from 'fastify'
import { DashboardError } from './dashboard-error.ts'

/** Options of `webhookDashboard`; Fastify's own `prefix` stands beside them. */
export interface DashboardOptions {
  /**
   * The admin keys of the metrics routes: one, or a list for rotation; what is undefined or empty in it is passed
   * over. The first is sent to the routes, inside the process; any of them opens a session. Without a key the
   * page says that none is configured.
   */
  adminKeys: AdminKeys
  /** Where the metrics routes are mounted on the same server. @default '/v1/metrics' */
  metricsPath?: string | undefined
  /**
   * Decides who may see the numbers, in place of the sign-in page: for hosts with users of their own. It is
   * asked at every request for data, never for the page's own files, which hold none.
   */
  authorize?: ((request: FastifyRequest) => boolean | Promise<boolean>) | undefined
  /**
   * What session cookies are signed with, at least 32 characters. Without one it is derived from `adminKeys`,
   * so that several processes and restarts share sessions, and taking a key away ends them.
   */
  cookieSecret?: string | undefined
  /** How long a session lasts, in milliseconds, from one minute to 30 days. @default 43_200_000 (12 hours) */
  sessionMs?: number | undefined
  /** Keys that one address may try per minute. @default 10 */
  signInsPerMinute?: number | undefined
  /** The clock, in milliseconds since 1970. @default Date.now */
  now?: (() => number) | undefined
}

export interface ResolvedDashboardOptions {
  readonly adminKeys: readonly string[]
  readonly metricsPath: string
  readonly authorize: ((request: FastifyRequest) => boolean | Promise<boolean>) | undefined
  readonly cookieSecret: string | undefined
  readonly sessionMs: number
  readonly signInsPerMinute: number
  readonly now: () => number
}

const minuteMs = 60_000
const maxSessionMs = 30 * 24 * 60 * minuteMs
const minSecretLength = 32

/**
 * Checks every option and fills in the defaults.
 *
 * @throws {DashboardError} `invalid_options`, one message that names every problem and no value of a secret.
 */
export const resolveDashboardOptions = (options: DashboardOptions): ResolvedDashboardOptions => {
  const adminKeys = readAdminKeys(options.adminKeys)
  const resolved = {
    adminKeys: adminKeys.keys,
    metricsPath: options.metricsPath ?? '/v1/metrics',
    authorize: options.authorize,
    cookieSecret: options.cookieSecret,
    sessionMs: options.sessionMs ?? 12 * 60 * minuteMs,
    signInsPerMinute: options.signInsPerMinute ?? 10,
    now: options.now ?? Date.now,
  }
  const problems = [...adminKeys.problems, ...problemsOf(resolved)]
  if (problems.length === 0) return Object.freeze(resolved)
  throw new DashboardError('invalid_options', `Failed to register the dashboard: ${problems.join('; ')}.`)
}

function* problemsOf(options: ResolvedDashboardOptions): Generator<string> {
  const { metricsPath, authorize, cookieSecret, sessionMs, signInsPerMinute } = options
  if (typeof metricsPath !== 'string' || !/^\/[^?#]*[^/?#]$/.test(metricsPath))
    yield 'metricsPath must start with a slash, like /v1/metrics, and not end with one'
  if (authorize !== undefined && typeof authorize !== 'function') yield 'authorize must be a function'
  if (
    cookieSecret !== undefined &&
    !(typeof cookieSecret === 'string' && cookieSecret.length >= minSecretLength)
  )
    yield `cookieSecret must have at least ${minSecretLength} characters`
  if (!Number.isInteger(sessionMs) || sessionMs < minuteMs || sessionMs > maxSessionMs)
    yield `sessionMs must be a whole number from ${minuteMs} to ${maxSessionMs}, not ${sessionMs}`
  if (!Number.isInteger(signInsPerMinute) || signInsPerMinute < 1 || signInsPerMinute > 1000)
    yield `signInsPerMinute must be a whole number from 1 to 1000, not ${signInsPerMinute}`
}
