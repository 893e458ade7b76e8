import { z } from 'zod'
import { total } from './metric.ts'

/** One run of a job, whether it has finished, is running or broke off. */
export const runSchema = z.object({
  startedAt: z.iso.datetime(),
  /** Null while it runs, and when the process died in it. */
  finishedAt: z.iso.datetime().nullable(),
  /** Counts of what it did; which ones depends on the job. */
  details: z.record(z.string(), z.unknown()),
})

/** See {@link runSchema}. */
export type Run = z.infer<typeof runSchema>

/** How far the numbers can be trusted. */
export const freshnessSchema = z.object({
  /**
   * Every event stored before this instant is in the numbers. The oldest entry that waits in the dirty log
   * decides; without one it is the moment of the request. Where durable outboxes send heartbeats, it is no later than the moment
   * before which all of them have delivered everything: complete at the product, not only here. Null when nothing was ever rolled up.
   */
  completeThrough: z.iso.datetime().nullable(),
  completeThroughReason: z.enum(['never_rolled_up']).nullable(),
  /** Entries of the dirty log that wait for the rollup. */
  backlog: total,
  /** How long the oldest of them has waited. Null when none waits. */
  oldestDirtyAgeMs: total.nullable(),
  oldestDirtyAgeReason: z.enum(['no_backlog']).nullable(),
  /** The last run of the rollup. */
  lastRun: runSchema.nullable(),
  lastRunReason: z.enum(['never_rolled_up']).nullable(),
  /** How often closed days of the window were changed in the last 7 days: `GET /v1/metrics/restatements` says how. */
  restatementsInLast7Days: total,
  /**
   * Events of the window that were lost and could not be sent again: docs/completeness.md. In responses without a window, of producers that
   * are not retired.
   */
  eventsKnownMissing: total,
})

/** See {@link freshnessSchema}. */
export type Freshness = z.infer<typeof freshnessSchema>
