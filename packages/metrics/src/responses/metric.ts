import { z } from 'zod'
import { deltaReasonSchema, nullReasonSchema } from './reasons.ts'

/** A number of a window beside its change since the window before it (roadmap §6). */
export const metricSchema = z.object({
  value: z.number().nullable(),
  /** `(value - previous) / previous`, over the days that are over: 0.25 is a quarter more. */
  delta: z.number().nullable(),
  /** For a rate, `value - previous`; 0.02 is two points more. Null for counts, and where there is no delta. */
  points: z.number().nullable(),
  /** Whether the change is a good one. Failed scans are judged by the success rate. Null where neither direction is good. */
  judgement: z.enum(['better', 'worse']).nullable(),
  /** Why `value` is null; null when it is not. */
  reason: nullReasonSchema.nullable(),
  /** Why `delta` is null; null when it is not. */
  deltaReason: deltaReasonSchema.nullable(),
})

/** See {@link metricSchema}. */
export type Metric = z.infer<typeof metricSchema>

/** A count divided by another, with the reason where that is undefined. */
export const ratioSchema = z.object({
  /** `count / base`. */
  value: z.number().nullable(),
  count: z.number(),
  base: z.number(),
  /** Why `value` is null; null when it is not. */
  reason: nullReasonSchema.nullable(),
})

/** See {@link ratioSchema}. */
export type Ratio = z.infer<typeof ratioSchema>

/** A number that may be undefined, with the reason why it is. */
export const quantitySchema = z.object({
  value: z.number().nullable(),
  /** Why `value` is null; null when it is not. */
  reason: nullReasonSchema.nullable(),
})

/** See {@link quantitySchema}. */
export type Quantity = z.infer<typeof quantitySchema>

/** Inclusive UTC days. */
export const windowSchema = z.object({ from: z.iso.date(), to: z.iso.date() })

/** See {@link windowSchema}. */
export type Window = z.infer<typeof windowSchema>

/** A whole number that is counted, so never null. */
export const total = z.int().min(0)
