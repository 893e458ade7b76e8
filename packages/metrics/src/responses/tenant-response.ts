import { z } from 'zod'
import { eventPageSchema, storedEventSchema } from './events-response.ts'
import { freshnessSchema } from './freshness.ts'
import { windowSchema } from './metric.ts'
import { nullReasonSchema } from './reasons.ts'
import { trendRowSchema } from './service-usage-response.ts'
import { tenantRowSchema } from './tenants-response.ts'

/** Where a visit of the tenant's lead came from. The fields that name the visit go with the lead; those that reports group by stay. */
export const touchSchema = z.object({
  channel: z.string(),
  source: z.string(),
  medium: z.string(),
  campaign: z.string(),
  landingPath: z.string(),
  touchedAt: z.iso.datetime().nullable(),
  term: z.string().nullable(),
  content: z.string().nullable(),
  referrerHost: z.string().nullable(),
})

/** See {@link touchSchema}. */
export type TenantTouch = z.infer<typeof touchSchema>

/** The response of `GET /v1/metrics/tenants/:id`. */
export const tenantResponseSchema = z.object({
  ok: z.literal(true),
  window: windowSchema,
  /** Milestones, and the usage in the window. */
  tenant: tenantRowSchema,
  touches: z.object({
    first: touchSchema.nullable(),
    last: touchSchema.nullable(),
    /** Why both are null; null when they are not. */
    reason: nullReasonSchema.nullable(),
  }),
  /** One row for every day of the window, oldest first. */
  trend: z.array(trendRowSchema),
  /** From any day, newest received first. */
  events: z.array(storedEventSchema),
  /** Of the events. */
  page: eventPageSchema,
  freshness: freshnessSchema,
})

/** See {@link tenantResponseSchema}. */
export type TenantResponse = z.infer<typeof tenantResponseSchema>
