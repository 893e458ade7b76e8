import { z } from 'zod'
import { freshnessSchema } from './freshness.ts'
import { funnelSchema } from './funnel.ts'
import { funnelChangesSchema } from './funnel-changes.ts'
import { metricSchema, total, windowSchema } from './metric.ts'
import { nullReasonSchema } from './reasons.ts'

/** The usage of one UTC day. The counts are null, with a reason, only when nothing was ever rolled up. */
export const trendRowSchema = z.object({
  day: z.iso.date(),
  /** The day is not over yet: its numbers will grow. */
  isOpen: z.boolean(),
  scansCompleted: total.nullable(),
  scansFailed: total.nullable(),
  mediaProcessed: total.nullable(),
  identitiesDetected: total.nullable(),
  clustersCreated: total.nullable(),
  suggestionsGenerated: total.nullable(),
  suggestionsResolved: total.nullable(),
  /** All tenants that completed a scan on the day. Null, like the two that follow, when one tenant was asked for. */
  dailyActiveTenants: total.nullable(),
  /** In the 7 days that end with it. */
  weeklyActiveTenants: total.nullable(),
  /** In the 30 days that end with it. */
  monthlyActiveTenants: total.nullable(),
  reason: nullReasonSchema.nullable(),
  /** Why the active tenants are null; null when they are not. */
  activeReason: nullReasonSchema.nullable(),
})

/** See {@link trendRowSchema}. */
export type TrendRow = z.infer<typeof trendRowSchema>

export const usageSchema = z.object({
  totalScansCompleted: metricSchema,
  totalScansFailed: metricSchema,
  scanSuccessRate: metricSchema,
  totalMediaProcessed: metricSchema,
  totalIdentitiesDetected: metricSchema,
  identitiesPerScan: metricSchema,
  avgScanDurationMs: metricSchema,
  totalClustersCreated: metricSchema,
  suggestionResolutionRate: metricSchema,
})

/** The `usage` block of roadmap §6, and identities per scan. */
export type Usage = z.infer<typeof usageSchema>

/** The response of `GET /v1/metrics/service-usage` (roadmap §6). */
export const serviceUsageResponseSchema = z.object({
  ok: z.literal(true),
  window: windowSchema,
  /** The window that the deltas compare with; null when none was asked for. */
  compareTo: windowSchema.nullable(),
  /** The days of the window that the deltas compare: those that are over. Null when none is, or none was asked for. */
  compared: windowSchema.nullable(),
  /** Today, when it is in the window: its numbers will grow. */
  openDay: z.iso.date().nullable(),
  usage: usageSchema,
  funnel: funnelSchema,
  /** How the funnel has changed over the days that are compared, for all tenants. Null when no comparison was requested. */
  funnelChanges: funnelChangesSchema.nullable(),
  /** One row for every day of the window, oldest first. */
  trend: z.array(trendRowSchema),
  freshness: freshnessSchema,
})

/** See {@link serviceUsageResponseSchema}. */
export type ServiceUsageResponse = z.infer<typeof serviceUsageResponseSchema>
