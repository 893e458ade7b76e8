import { webhookHeaders } from '@altcontext/webhook-contract'
import ky, { isHTTPError, isTimeoutError, SchemaValidationError } from 'ky'
import type { z } from 'zod'
import { MetricsError } from '../metrics-error.ts'
import { type BridgeResponse, bridgeResponseSchema } from '../responses/bridge-response.ts'
import { type ChannelsResponse, channelsResponseSchema } from '../responses/channels-response.ts'
import type { Horizon } from '../responses/conversion.ts'
import { type ServiceUsageResponse, serviceUsageResponseSchema } from '../responses/service-usage-response.ts'
import {
  type TenantSortKey,
  type TenantsResponse,
  tenantsResponseSchema,
} from '../responses/tenants-response.ts'

export interface MetricsClientOptions {
  /** The server's origin, with the prefix under which the routes are mounted, if there is one: `https://marketing.example`. */
  url: string | URL
  /** Sent as `x-admin-key`. */
  adminKey: string
  /** How long one response may take. @default 10_000 */
  timeoutMs?: number | undefined
  /** Stands in for the server in tests; called with a `Request`. @default globalThis.fetch */
  fetch?: typeof globalThis.fetch | undefined
}

/** A window of UTC days, both included. */
export interface WindowQuery {
  /** @default 29 days before `to` */
  from?: string | undefined
  /** @default today */
  to?: string | undefined
}

export interface ChannelsQuery extends WindowQuery {
  /** @default 14 */
  horizonDays?: Horizon | undefined
}

export interface ServiceUsageQuery extends ChannelsQuery {
  /** @default all tenants */
  tenantId?: string | undefined
  /** Add deltas to the window before. @default false */
  compareTo?: boolean | undefined
}

export interface TenantsQuery extends WindowQuery {
  /** Only tenants whose id contains this, in any case. */
  search?: string | undefined
  sort?: TenantSortKey | undefined
  order?: 'asc' | 'desc' | undefined
  limit?: number | undefined
  offset?: number | undefined
}

/** The metrics routes of a running server, typed. Every response is checked against the schema it was made for. */
export interface MetricsClient {
  /** @throws {MetricsError} `unreachable`, `refused`, `unexpected_response` */
  serviceUsage(query?: ServiceUsageQuery): Promise<ServiceUsageResponse>
  /** @throws {MetricsError} as above */
  channels(query?: ChannelsQuery): Promise<ChannelsResponse>
  /** @throws {MetricsError} as above */
  tenants(query?: TenantsQuery): Promise<TenantsResponse>
  /** @throws {MetricsError} as above */
  bridge(): Promise<BridgeResponse>
}

/**
 * A client of the metrics routes. It loads no web framework and no database driver.
 *
 * @throws {MetricsError} `invalid_options`
 *
 * @example
 * const metrics = createMetricsClient({ url: 'https://marketing.example', adminKey })
 * const { usage } = await metrics.serviceUsage({ from: '2026-02-01', to: '2026-02-28' })
 */
export const createMetricsClient = ({
  url,
  adminKey,
  timeoutMs = 10_000,
  fetch,
}: MetricsClientOptions): MetricsClient => {
  const client = ky.create({
    prefix: readUrl(url),
    headers: { [webhookHeaders.adminKey]: adminKey, accept: 'application/json' },
    timeout: timeoutMs,
    // A retry would hide from the caller that the server is slow; and the key goes to this server only.
    retry: 0,
    redirect: 'manual',
    ...(fetch === undefined ? {} : { fetch }),
  })
  const ask = async <Response>(
    route: string,
    schema: z.ZodType<Response>,
    query: object = {},
  ): Promise<Response> => {
    const given = Object.entries(query).filter(([, value]) => value !== undefined)
    try {
      return await client
        .get(`v1/metrics/${route}`, { searchParams: given.map(([name, value]) => [name, String(value)]) })
        .json(schema)
    } catch (error) {
      throw toMetricsError(route, error)
    }
  }
  return {
    serviceUsage: (query) => ask('service-usage', serviceUsageResponseSchema, query),
    channels: (query) => ask('channels', channelsResponseSchema, query),
    tenants: (query) => ask('tenants', tenantsResponseSchema, query),
    bridge: () => ask('bridge', bridgeResponseSchema),
  }
}

const readUrl = (value: string | URL): string => {
  const url = URL.parse(String(value))
  const isLoopback = /^(localhost|\[::1\]|127(\.\d{1,3}){3})$/.test(url?.hostname ?? '')
  if (url === null || !(url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback))) {
    throw new MetricsError(
      'invalid_options',
      'Failed to create a metrics client: url is not an https address (http is allowed to loopback only). Give the origin of the server.',
    )
  }
  return url.origin + url.pathname
}

/** Neither the address nor the key, nor anything of the server's own text but a code of ours. */
const toMetricsError = (route: string, error: unknown): MetricsError => {
  const failed = `Failed to read the metrics "${route}"`
  if (isHTTPError(error)) {
    const { status } = error.response
    const code = codeOf(error.data)
    return new MetricsError(
      'refused',
      `${failed}: the server answered ${status}${code}. ${adviceFor(status)}`,
    )
  }
  if (isTimeoutError(error)) {
    return new MetricsError(
      'unreachable',
      `${failed}: no answer in time. Check the server, or allow more time.`,
    )
  }
  if (error instanceof SyntaxError || error instanceof SchemaValidationError) {
    return new MetricsError(
      'unexpected_response',
      `${failed}: the server answered in a form that this version does not know. Check the address, and bring client and server to the same version.`,
    )
  }
  return new MetricsError(
    'unreachable',
    `${failed}: there is no connection. Check the address and that the server runs.`,
  )
}

const codeOf = (data: unknown): string => {
  const code = typeof data === 'object' && data !== null && 'error' in data ? data.error : undefined
  return typeof code === 'string' && /^[a-z][a-z_]{0,63}$/.test(code) ? ` ${code}` : ''
}

const adviceFor = (status: number): string => {
  if (status === 401 || status === 403) return 'Check the key.'
  if (status === 400) return 'Correct the query.'
  if (status < 500) return 'Check the address: there are no metrics routes at it.'
  return "Look into the server's log."
}
