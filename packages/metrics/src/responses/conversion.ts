import { z } from 'zod'
import { total } from './metric.ts'
import { nullReasonSchema } from './reasons.ts'

/** How many days a tenant has to convert. */
export const horizons = [7, 14, 30] as const

/** @see {@link horizons} */
export type Horizon = (typeof horizons)[number]

/** The horizon when none is requested. */
export const defaultHorizonDays: Horizon = 14

/** With fewer tenants than this a rate says little: it carries `too_few` and is never ranked. */
export const fewestTenants = 20

const share = z.number().min(0).max(1).nullable()

/** A conversion within the horizon, for tenants that have had time for it. */
export const conversionSchema = z.object({
  /** `count / n`. */
  value: share,
  /** Mature tenants that converted within the horizon. */
  count: total,
  /** Mature tenants: created at least the horizon before now. */
  n: total,
  /** Wilson's interval at 95 %. */
  low: share,
  high: share,
  /** Why the rate is null; null when it is not. */
  reason: nullReasonSchema.nullable(),
  /** `too_few` when `n` is below 20. */
  note: z.enum(['too_few']).nullable(),
  /** The share that converts within the horizon, estimated from all tenants of the window, however young. */
  estimate: z.object({
    /** Kaplan-Meier at the horizon, censored at now. */
    value: share,
    /** All tenants of the window. */
    n: total,
    /** At 95 %, from Greenwood's variance on the log(−log) scale. */
    low: share,
    high: share,
    /** Why the estimate is null; null when it is not. */
    reason: nullReasonSchema.nullable(),
    /** Why the interval is null; null when it is not. */
    intervalReason: nullReasonSchema.nullable(),
    note: z.enum(['too_few']).nullable(),
  }),
})

/** See {@link conversionSchema}. */
export type Conversion = z.infer<typeof conversionSchema>

/** Conversions to each stage within one horizon. */
export const conversionsSchema = z.object({
  horizonDays: z.union([z.literal(7), z.literal(14), z.literal(30)]),
  apiKey: conversionSchema,
  firstScan: conversionSchema,
  /** A completed scan on a later UTC day than the first: what "use the product" means. */
  returned: conversionSchema,
})

/** See {@link conversionsSchema}. */
export type Conversions = z.infer<typeof conversionsSchema>
