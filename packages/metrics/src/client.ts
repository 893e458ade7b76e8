export {
  type ChannelsQuery,
  createMetricsClient,
  type MetricsClient,
  type MetricsClientOptions,
  type ServiceUsageQuery,
  type TenantsQuery,
  type WindowQuery,
} from './client/create-metrics-client.ts'
export { isMetricsError, MetricsError, type MetricsErrorCode } from './metrics-error.ts'
export type { BridgeResponse } from './responses/bridge-response.ts'
export type { ChannelsResponse } from './responses/channels-response.ts'
export type { ServiceUsageResponse } from './responses/service-usage-response.ts'
export type { TenantsResponse } from './responses/tenants-response.ts'
