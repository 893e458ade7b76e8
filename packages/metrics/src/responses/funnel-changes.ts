import { z } from 'zod'
import { metricSchema } from './metric.ts'

/** A number of the funnel over the days that are compared, beside the same of the days before. */
export const funnelChangeSchema = metricSchema.omit({ judgement: true }).extend({
  /** Of the window before. Null where it is undefined. */
  previous: z.number().nullable(),
})

/** See {@link funnelChangeSchema}. */
export type FunnelChange = z.infer<typeof funnelChangeSchema>

/**
 * The numbers of the funnel that can be compared with the days before: who came, and how many of the tenants that have had time
 * for it converted within the horizon.
 */
export const funnelChangesSchema = z.object({
  marketingVisitors: funnelChangeSchema,
  leadsCaptured: funnelChangeSchema,
  tenantsCreated: funnelChangeSchema,
  activeTenants: funnelChangeSchema,
  /** Conversions within the horizon, with their change in points. */
  apiKey: funnelChangeSchema,
  firstScan: funnelChangeSchema,
  returned: funnelChangeSchema,
})

/** See {@link funnelChangesSchema}. */
export type FunnelChanges = z.infer<typeof funnelChangesSchema>
