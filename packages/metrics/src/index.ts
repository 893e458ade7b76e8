export { type BridgeResponse, bridgeResponseSchema } from './responses/bridge-response.ts'
export {
  type ChannelKind,
  type ChannelRow,
  type ChannelsResponse,
  channelKindSchema,
  channelRowSchema,
  channelsResponseSchema,
} from './responses/channels-response.ts'
export { type Freshness, freshnessSchema, type Run, runSchema } from './responses/freshness.ts'
export { type Funnel, funnelSchema } from './responses/funnel.ts'
export {
  type Metric,
  metricSchema,
  type Ratio,
  ratioSchema,
  type Window,
  windowSchema,
} from './responses/metric.ts'
export {
  type DeltaReason,
  deltaReasonSchema,
  type NullReason,
  nullReasonSchema,
} from './responses/reasons.ts'
export {
  type ServiceUsageResponse,
  serviceUsageResponseSchema,
  type TrendRow,
  trendRowSchema,
  type Usage,
  usageSchema,
} from './responses/service-usage-response.ts'
export {
  type TenantRow,
  type TenantSortKey,
  type TenantsResponse,
  tenantRowSchema,
  tenantSortKeys,
  tenantsResponseSchema,
} from './responses/tenants-response.ts'
