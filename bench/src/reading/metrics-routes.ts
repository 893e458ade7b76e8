import { lastYear } from '../setup/last-year.ts'

const lastYearQuery = new URLSearchParams(lastYear())

interface MeasuredRoute {
  path: string
  /** How many milliseconds more than `SELECT 1` its median response may take. */
  atMostMs: number
}

/**
 * Every metrics route, as the dashboard requests it. The routes with which a page opens have 20 ms, those that list or compare all
 * tenants 60 to 100.
 */
export const metricsRoutes: Readonly<Record<string, MeasuredRoute>> = {
  'service-usage': { path: '/v1/metrics/service-usage', atMostMs: 20 },
  'service-usage, 366 days': { path: `/v1/metrics/service-usage?${lastYearQuery}`, atMostMs: 20 },
  'service-usage, compared': { path: '/v1/metrics/service-usage?compareTo=true', atMostMs: 100 },
  channels: { path: '/v1/metrics/channels', atMostMs: 20 },
  'channels, 366 days': { path: `/v1/metrics/channels?${lastYearQuery}`, atMostMs: 20 },
  'one channel': { path: '/v1/metrics/channels/channel-1', atMostMs: 20 },
  tenants: { path: '/v1/metrics/tenants?limit=25', atMostMs: 100 },
  'tenants, by creation': { path: '/v1/metrics/tenants?limit=25&sort=tenantCreatedAt', atMostMs: 60 },
  'one tenant': { path: '/v1/metrics/tenants/tenant-7', atMostMs: 20 },
  cohorts: { path: '/v1/metrics/cohorts', atMostMs: 60 },
  events: { path: '/v1/metrics/events', atMostMs: 20 },
  'events of a tenant': { path: '/v1/metrics/events?tenantId=tenant-7', atMostMs: 20 },
  refusals: { path: '/v1/metrics/events?kind=refused', atMostMs: 20 },
  restatements: { path: '/v1/metrics/restatements', atMostMs: 20 },
  bridge: { path: '/v1/metrics/bridge', atMostMs: 30 },
  'open-metrics': { path: '/v1/metrics/open-metrics', atMostMs: 60 },
}
