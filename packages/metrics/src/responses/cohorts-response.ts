import { z } from 'zod'
import { freshnessSchema } from './freshness.ts'
import { ratioSchema, total, windowSchema } from './metric.ts'

/** What cohorts are: weeks from Monday to Sunday, or calendar months, both in UTC. */
export const cohortPeriods = ['week', 'month'] as const

export type CohortPeriod = (typeof cohortPeriods)[number]

/** The tenants created in one week or month. */
export const cohortRowSchema = z.object({
  from: z.iso.date(),
  to: z.iso.date(),
  tenants: total,
  /**
   * One entry for each week (month) since, from that of the creation: the share of `tenants` with a completed scan in it. Null
   * where it is not over. All cohorts have as many entries as the oldest.
   */
  active: z.array(ratioSchema),
})

/** See {@link cohortRowSchema}. */
export type CohortRow = z.infer<typeof cohortRowSchema>

/** The response of `GET /v1/metrics/cohorts`. */
export const cohortsResponseSchema = z.object({
  ok: z.literal(true),
  /** The days that were asked for, widened to whole weeks or months. */
  window: windowSchema,
  by: z.enum(cohortPeriods),
  /** The channel that was asked for, by the name that reports have for it; null for all tenants. */
  channel: z.string().nullable(),
  /** Oldest first. */
  cohorts: z.array(cohortRowSchema),
  freshness: freshnessSchema,
})

/** See {@link cohortsResponseSchema}. */
export type CohortsResponse = z.infer<typeof cohortsResponseSchema>
