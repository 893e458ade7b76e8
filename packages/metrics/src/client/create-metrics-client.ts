import { webhookHeaders } from '@altcontext/webhook-contract'
import ky, { isHTTPError, isTimeoutError, SchemaValidationError } from 'ky'
import { ZodError, type z } from 'zod'
import { invalidOptions, MetricsError, type MetricsErrorCode } from '../metrics-error.ts'
import { type BridgeResponse, bridgeResponseSchema } from '../responses/bridge-response.ts'
import { type ChannelResponse, channelResponseSchema } from '../responses/channel-response.ts'
import { type ChannelsResponse, channelsResponseSchema } from '../responses/channels-response.ts'
import {
  type CohortPeriod,
  type CohortsResponse,
  cohortsResponseSchema,
} from '../responses/cohorts-response.ts'
import type { Horizon } from '../responses/conversion.ts'
import {
  type EventKind,
  type EventsResponse,
  eventsResponseSchema,
  type FollowedEvent,
} from '../responses/events-response.ts'
import { type RestatementsResponse, restatementsResponseSchema } from '../responses/restatements-response.ts'
import { type ServiceUsageResponse, serviceUsageResponseSchema } from '../responses/service-usage-response.ts'
import { type TenantResponse, tenantResponseSchema } from '../responses/tenant-response.ts'
import {
  type CohortCount,
  type TenantSortKey,
  type TenantsResponse,
  tenantsResponseSchema,
} from '../responses/tenants-response.ts'
import { parseSecureUrl } from '../secure-url.ts'
import type { TouchDimension } from '../touches/to-touch.ts'
import { followStream, isSilence } from './follow-stream.ts'

export interface MetricsClientOptions {
  /** The server's origin, with the prefix under which the routes are mounted, if there is one: `https://marketing.example`. */
  url: string | URL
  /** Sent as `x-admin-key`. */
  adminKey: string
  /** How long one response may take, and how long a stream of events may be silent. @default 10_000 */
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

interface HorizonQuery extends WindowQuery {
  /** @default 14 */
  horizonDays?: Horizon | undefined
}

export interface ChannelsQuery extends HorizonQuery {
  /** @default 'channel' */
  by?: TouchDimension | undefined
  /** @default 'first' */
  touch?: 'first' | 'last' | undefined
}

/** The window and the horizon, as in the channel report. */
export interface ChannelQuery extends HorizonQuery {}

/** The days are widened to whole weeks or months; by default the last twelve. */
export interface CohortsQuery extends WindowQuery {
  /** @default 'week' */
  by?: CohortPeriod | undefined
  /** In any spelling; `none` for tenants without a known lead. @default all tenants */
  channel?: string | undefined
}

interface EventPageQuery extends WindowQuery {
  /** Events on a page, at most 500. @default 50 */
  limit?: number | undefined
  /** `page.next` of the page before. */
  before?: string | undefined
}

/** The window is that of the usage. */
export interface TenantQuery extends EventPageQuery {}

export interface FollowQuery {
  type?: string | undefined
  tenantId?: string | undefined
  /** `page.latest` of a response, or the `cursor` of an event. @default events received from now on */
  after?: string | undefined
}

/** The window names the days on which events occurred. @default all of them */
export interface EventsQuery extends EventPageQuery, FollowQuery {
  /** @default 'received' */
  kind?: EventKind | undefined
}

export interface RestatementsQuery extends WindowQuery {
  /** @default 50 */
  limit?: number | undefined
  /** @default 0 */
  offset?: number | undefined
}

export interface ServiceUsageQuery extends HorizonQuery {
  /** @default all tenants */
  tenantId?: string | undefined
  /** Add deltas to the window before. @default false */
  compareTo?: boolean | undefined
}

export interface TenantsQuery extends HorizonQuery {
  /** Only the tenants that this number of the funnel counts. */
  counted?: CohortCount | undefined
  /** Only tenants created in the window that this number of the funnel does not count. */
  notCounted?: CohortCount | undefined
  /** Only tenants created in the window of this channel, in any spelling; `none` for those without a known lead. */
  channel?: string | undefined
  /** Only tenants whose id contains this, in any case. */
  search?: string | undefined
  sort?: TenantSortKey | undefined
  order?: 'asc' | 'desc' | undefined
  limit?: number | undefined
  offset?: number | undefined
  /** `page.next` of the page before, in the same order. Instead of `offset`. */
  after?: string | undefined
}

/** The metrics routes of a running server, typed. Every response is checked against its schema. */
export interface MetricsClient {
  /** @throws {MetricsError} `unreachable`, `refused`, `unexpected_response` */
  serviceUsage(query?: ServiceUsageQuery): Promise<ServiceUsageResponse>
  /** @throws {MetricsError} as above */
  channels(query?: ChannelsQuery): Promise<ChannelsResponse>
  /**
   * One channel, in any spelling; `none` for tenants without a known lead.
   *
   * @throws {MetricsError} as above
   */
  channel(channel: string, query?: ChannelQuery): Promise<ChannelResponse>
  /** @throws {MetricsError} as above */
  cohorts(query?: CohortsQuery): Promise<CohortsResponse>
  /** @throws {MetricsError} as above */
  tenants(query?: TenantsQuery): Promise<TenantsResponse>
  /** @throws {MetricsError} as above; `refused` when the tenant is not known */
  tenant(tenantId: string, query?: TenantQuery): Promise<TenantResponse>
  /** @throws {MetricsError} as above */
  events(query?: EventsQuery): Promise<EventsResponse>
  /**
   * Live, as they are received. Ends when `signal` aborts; throws when the stream breaks off, and can be followed again from
   * the last `cursor`.
   *
   * @throws {MetricsError} as above
   */
  followEvents(query?: FollowQuery, settings?: { signal?: AbortSignal }): AsyncGenerator<FollowedEvent, void>
  /** @throws {MetricsError} as above */
  restatements(query?: RestatementsQuery): Promise<RestatementsResponse>
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
    // A retry would hide from the caller that the server is slow; a redirect would send the key to another server.
    retry: 0,
    redirect: 'manual',
    ...(fetch === undefined ? {} : { fetch }),
  })
  const ask = async <Response>(
    route: string,
    schema: z.ZodType<Response>,
    query: object = {},
  ): Promise<Response> => {
    try {
      return await client.get(`v1/metrics/${route}`, { searchParams: paramsOf(query) }).json(schema)
    } catch (error) {
      throw toMetricsError(route, error)
    }
  }
  return {
    serviceUsage: (query) => ask('service-usage', serviceUsageResponseSchema, query),
    channels: (query) => ask('channels', channelsResponseSchema, query),
    channel: (channel, query) => ask(`channels/${encodeURIComponent(channel)}`, channelResponseSchema, query),
    cohorts: (query) => ask('cohorts', cohortsResponseSchema, query),
    tenants: (query) => ask('tenants', tenantsResponseSchema, query),
    tenant: (tenantId, query) => ask(`tenants/${encodeURIComponent(tenantId)}`, tenantResponseSchema, query),
    events: (query) => ask('events', eventsResponseSchema, query),
    restatements: (query) => ask('restatements', restatementsResponseSchema, query),
    followEvents: async function* (query = {}, { signal } = {}) {
      try {
        yield* followStream(client, { searchParams: paramsOf(query), silenceMs: timeoutMs, signal })
      } catch (error) {
        if (signal?.aborted) return
        throw toMetricsError('events', error)
      }
    },
    bridge: () => ask('bridge', bridgeResponseSchema),
  }
}

const paramsOf = (query: object): [string, string][] =>
  Object.entries(query)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [name, String(value)])

const readUrl = (value: string | URL): string => {
  const url = parseSecureUrl(value)
  if (url === undefined) {
    throw invalidOptions(
      'Failed to create a metrics client: url is not an https address (http is allowed to loopback only). Give the origin of the server.',
    )
  }
  return url.origin + url.pathname
}

/** The message has neither the address nor the key, and of the server's own text only a code of ours. */
const toMetricsError = (route: string, error: unknown): MetricsError => {
  const told = (code: MetricsErrorCode, problem: string): MetricsError =>
    new MetricsError(code, `Failed to read the metrics "${route.replace(/\/.*/s, '')}": ${problem}`)
  if (isHTTPError(error)) {
    const { status } = error.response
    return told(
      'refused',
      `the server responded with ${status}${codeOf(error.data)}. ${adviceFor(status, route)}`,
    )
  }
  if (isTimeoutError(error) || isSilence(error)) {
    return told('unreachable', 'no response in time. Check the server, or allow more time.')
  }
  if (error instanceof SyntaxError || error instanceof SchemaValidationError || error instanceof ZodError) {
    return told(
      'unexpected_response',
      'the response has a form that this version does not know. Check the address, and bring client and server to the same version.',
    )
  }
  return told('unreachable', 'there is no connection. Check the address, and whether the server is running.')
}

const codeOf = (data: unknown): string => {
  const code = typeof data === 'object' && data !== null && 'error' in data ? data.error : undefined
  return typeof code === 'string' && /^[a-z][a-z_]{0,63}$/.test(code) ? ` ${code}` : ''
}

const adviceFor = (status: number, route: string): string => {
  if (status === 401 || status === 403) return 'Check the key.'
  if (status === 400) return 'Correct the query.'
  if (status === 404 && route.startsWith('tenants/'))
    return 'Check the id: no event of such a tenant was received.'
  if (status < 500) return 'Check the address: there are no metrics routes there.'
  return "Check the server's log."
}
