export {
  type ChannelQuery,
  type ChannelsQuery,
  type CohortsQuery,
  createMetricsClient,
  type EventsQuery,
  type FollowQuery,
  type MetricsClient,
  type MetricsClientOptions,
  type RestatementsQuery,
  type ServiceUsageQuery,
  type TenantQuery,
  type TenantsQuery,
  type WindowQuery,
} from './client/create-metrics-client.ts'
export { isMetricsError, MetricsError, type MetricsErrorCode } from './metrics-error.ts'
export type { BridgeResponse } from './responses/bridge-response.ts'
export type { ChannelResponse } from './responses/channel-response.ts'
export type { ChannelsResponse } from './responses/channels-response.ts'
export type { CohortsResponse } from './responses/cohorts-response.ts'
export type { EventsResponse, FollowedEvent } from './responses/events-response.ts'
export type { RestatementsResponse } from './responses/restatements-response.ts'
export type { ServiceUsageResponse } from './responses/service-usage-response.ts'
export type { TenantResponse } from './responses/tenant-response.ts'
export type { TenantsResponse } from './responses/tenants-response.ts'
