import { z } from 'zod'
import { total } from './metric.ts'
import { nullReasonSchema } from './reasons.ts'

/** How long tenants took from their creation to a stage. Negative times count as 0. */
export const durationsSchema = z.object({
  /** Tenants of the window that reached the stage. */
  n: total,
  /** A quarter of them took at most this long, in milliseconds; interpolated between two tenants. */
  p25Ms: total.nullable(),
  /** The median. */
  p50Ms: total.nullable(),
  p75Ms: total.nullable(),
  p90Ms: total.nullable(),
  /** Why the percentiles are null; null when they are not. */
  reason: nullReasonSchema.nullable(),
  /** How many took how long. The bars have fixed bounds: `fromMs` included, `toMs` not; the last has no end. */
  histogram: z.array(z.object({ fromMs: total, toMs: total.nullable(), tenants: total })),
})

/** See {@link durationsSchema}. */
export type Durations = z.infer<typeof durationsSchema>
