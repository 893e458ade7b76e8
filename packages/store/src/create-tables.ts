import { isSchemaName, maxNameBytes } from '@altcontext/webhook-contract/options'

/** Every table that the bridge reads or writes, as a quoted name for SQL text. */
export interface Tables {
  // The host's.
  readonly leads: string
  readonly leadIdentities: string
  readonly events: string
  readonly sessions: string
  readonly dailyMetricRollups: string
  readonly ingestRejections: string
  // The bridge's.
  readonly tenantEvents: string
  readonly tenantMilestones: string
  readonly tenantEventDuplicates: string
  readonly ingestRejectionCounts: string
  readonly receivedHours: string
  readonly serviceUsageRollups: string
  readonly serviceUsageDailyTotals: string
  readonly serviceUsageArchives: string
  readonly tenantActivity: string
  readonly activeTenantDays: string
  readonly leadCaptures: string
  readonly leadTouches: string
  readonly tenantCaptures: string
  readonly dailyVisitors: string
  readonly restatements: string
  readonly serviceUsageDirty: string
  readonly serviceUsageRuns: string
  readonly eventProducers: string
  readonly sealedEventIds: string
  readonly dashboardSignOuts: string
  readonly webhookRateWindows: string
  readonly webhookAlerts: string
  readonly webhookDayNotes: string
  readonly webhookSavedViews: string
}

/**
 * The one place for table names.
 *
 * @param schema - the schema that holds the tables; by default the connection's search path decides.
 * @throws {RangeError} when `schema` is empty or longer than PostgreSQL's 63 bytes.
 */
export const createTables = (schema?: string | undefined): Tables => {
  if (schema !== undefined && !isSchemaName(schema)) {
    throw new RangeError(
      `Failed to name the tables: the name of a schema has 1 to ${maxNameBytes} bytes, this one has ${Buffer.byteLength(schema)}. Leave it out for the search path's schema.`,
    )
  }
  const named = (table: string): string =>
    schema === undefined ? quoted(table) : `${quoted(schema)}.${quoted(table)}`
  return Object.freeze({
    leads: named('leads'),
    leadIdentities: named('lead_identities'),
    events: named('events'),
    sessions: named('sessions'),
    dailyMetricRollups: named('daily_metric_rollups'),
    ingestRejections: named('ingest_rejections'),
    tenantEvents: named('tenant_events'),
    tenantMilestones: named('tenant_milestones'),
    tenantEventDuplicates: named('tenant_event_duplicates'),
    ingestRejectionCounts: named('ingest_rejection_counts'),
    receivedHours: named('received_hours'),
    serviceUsageRollups: named('service_usage_rollups'),
    serviceUsageDailyTotals: named('service_usage_daily_totals'),
    serviceUsageArchives: named('service_usage_archives'),
    tenantActivity: named('tenant_activity'),
    activeTenantDays: named('active_tenant_days'),
    leadCaptures: named('lead_captures'),
    leadTouches: named('lead_touches'),
    tenantCaptures: named('tenant_captures'),
    dailyVisitors: named('daily_visitors'),
    restatements: named('restatements'),
    serviceUsageDirty: named('service_usage_dirty'),
    serviceUsageRuns: named('service_usage_runs'),
    eventProducers: named('event_producers'),
    sealedEventIds: named('sealed_event_ids'),
    dashboardSignOuts: named('dashboard_sign_outs'),
    webhookRateWindows: named('webhook_rate_windows'),
    webhookAlerts: named('webhook_alerts'),
    webhookDayNotes: named('webhook_day_notes'),
    webhookSavedViews: named('webhook_saved_views'),
  })
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`
