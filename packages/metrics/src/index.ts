export type { AlertOptions } from './alerts/alert-options.ts'
export { alertsContract } from './alerts/alerts-contract.ts'
export { readAlerts } from './alerts/read-alerts.ts'
export { includeFunnelQuerySchema, wantsFunnel } from './http/include-funnel-query.ts'
export {
  openMetricsContentType,
  type ReadOpenMetricsOptions,
  readOpenMetrics,
} from './http/read-open-metrics.ts'
export { type ReportGate, reportGateOf } from './http/report-gate.ts'
export { webhookMetrics } from './http/webhook-metrics.ts'
export type { WebhookMetricsOptions } from './http/webhook-metrics-options.ts'
export { isMetricsError, MetricsError, type MetricsErrorCode } from './metrics-error.ts'
export { type DayNote, dayNoteSchema, type SavedView, savedViewSchema } from './notes/notes-schemas.ts'
export { resolveCohortWindow } from './reads/cohort-periods.ts'
export { type FollowEventsOptions, followEvents } from './reads/follow-events.ts'
export type { TouchKind } from './reads/keyed-cohort.ts'
export { type ReadBridgeOptions, readBridge } from './reads/read-bridge.ts'
export { type ReadChannelOptions, readChannel } from './reads/read-channel.ts'
export { type ReadChannelsOptions, readChannels } from './reads/read-channels.ts'
export { type ReadCohortsOptions, readCohorts } from './reads/read-cohorts.ts'
export { type ReadEventsOptions, readEvents } from './reads/read-events.ts'
export { type ReadFunnelOptions, readFunnel } from './reads/read-funnel.ts'
export { type MarketingProperty, readMarketingProperties } from './reads/read-marketing-properties.ts'
export { type ReadRestatementsOptions, readRestatements } from './reads/read-restatements.ts'
export { type ReadServiceUsageOptions, readServiceUsage } from './reads/read-service-usage.ts'
export { type ReadTenantOptions, readTenant } from './reads/read-tenant.ts'
export { type ReadTenantsOptions, readTenants } from './reads/read-tenants.ts'
export { longestWindowDays, resolveWindow } from './reads/window.ts'
export {
  type BridgeProblem,
  type BridgeResponse,
  bridgeProblems,
  bridgeResponseSchema,
} from './responses/bridge-response.ts'
export {
  type ChannelDay,
  type ChannelPart,
  type ChannelResponse,
  channelDaySchema,
  channelPartSchema,
  channelResponseSchema,
} from './responses/channel-response.ts'
export {
  type ChannelKind,
  type ChannelRow,
  type ChannelsResponse,
  type ChannelVerdict,
  channelKindSchema,
  channelRowSchema,
  channelsResponseSchema,
  type MarketingDay,
  marketingDaySchema,
  verdictSchema,
} from './responses/channels-response.ts'
export {
  type CohortPeriod,
  type CohortRow,
  type CohortsResponse,
  cohortPeriods,
  cohortRowSchema,
  cohortsResponseSchema,
} from './responses/cohorts-response.ts'
export {
  type Conversion,
  type Conversions,
  conversionSchema,
  conversionsSchema,
  defaultHorizonDays,
  fewestTenants,
  type Horizon,
  horizons,
} from './responses/conversion.ts'
export { type Durations, durationsSchema } from './responses/durations.ts'
export {
  type ArrivedAgain,
  arrivedAgainSchema,
  type EventKind,
  type EventsResponse,
  eventKinds,
  eventsResponseSchema,
  type FollowedEvent,
  followedEventSchema,
  type Refusal,
  refusalSchema,
  type StoredEvent,
  storedEventSchema,
} from './responses/events-response.ts'
export { type Freshness, freshnessSchema, type Run, runSchema } from './responses/freshness.ts'
export { type Funnel, funnelSchema } from './responses/funnel.ts'
export {
  type FunnelChange,
  type FunnelChanges,
  funnelChangeSchema,
  funnelChangesSchema,
} from './responses/funnel-changes.ts'
export {
  type Metric,
  metricSchema,
  type Quantity,
  quantitySchema,
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
  type Restatement,
  type RestatementsResponse,
  restatementSchema,
  restatementsResponseSchema,
} from './responses/restatements-response.ts'
export {
  type ServiceUsageResponse,
  serviceUsageResponseSchema,
  type TrendRow,
  trendRowSchema,
  type Usage,
  usageSchema,
} from './responses/service-usage-response.ts'
export {
  type TenantResponse,
  type TenantTouch,
  tenantResponseSchema,
  touchSchema,
} from './responses/tenant-response.ts'
export {
  type CohortCount,
  cohortCounts,
  type TenantRow,
  type TenantSortKey,
  type TenantsResponse,
  tenantRowSchema,
  tenantSortKeys,
  tenantsResponseSchema,
} from './responses/tenants-response.ts'
export { checkRetention, defaultRetention, type Retention } from './retention/check-retention.ts'
export { type PurgeResult, type PurgeRetentionOptions, purgeRetention } from './retention/purge-retention.ts'
export {
  createRollupWorker,
  type RollupWork,
  type RollupWorker,
  type RollupWorkerOptions,
} from './rollups/create-rollup-worker.ts'
export {
  type DiscrepancyReport,
  type FindDiscrepanciesOptions,
  findDiscrepancies,
} from './rollups/find-discrepancies.ts'
export { type RollupDirtyOptions, type RollupResult, rollupDirty } from './rollups/rollup-dirty.ts'
export {
  type BackfillProgress,
  type BackfillResult,
  type RollupServiceUsageOptions,
  rollupServiceUsage,
} from './rollups/rollup-service-usage.ts'
export { type Judgement, judgeChannels, type Verdict } from './statistics/judge-channels.ts'
export { kaplanMeier, type Observed, type SurvivalEstimate } from './statistics/kaplan-meier.ts'
export { type Interval, wilsonInterval } from './statistics/wilson-interval.ts'
export { type CopiedTouches, type CopyTouchesOptions, copyTouches } from './touches/copy-touches.ts'
export { type CountVisitorsOptions, countVisitors } from './touches/count-visitors.ts'
export { type ChannelNames, normaliseChannel } from './touches/normalise-channel.ts'
export { type TouchDimension, touchDimensions } from './touches/to-touch.ts'
