import { z } from 'zod'
import { freshnessSchema } from './freshness.ts'
import { total, windowSchema } from './metric.ts'

const sums = z.object({
  scansCompleted: total,
  scansFailed: total,
  mediaProcessed: total,
  identitiesDetected: total,
  clustersCreated: total,
  suggestionsGenerated: total,
  suggestionsResolved: total,
  durationSumMs: z.number(),
  durationCount: total,
})

/** One change of a day that was over and had been reported. */
export const restatementSchema = z.object({
  day: z.iso.date(),
  /**
   * - `late_events`: events of the day were received after it had been counted.
   * - `backfill`: a backfill counted events that waited.
   * - `repair`: a backfill corrected a difference that no waiting event explains.
   * - `deletion`: the retention deleted the day.
   */
  cause: z.enum(['late_events', 'backfill', 'repair', 'deletion']),
  restatedAt: z.iso.datetime(),
  /** The sums of the day over all tenants. */
  before: sums,
  after: sums,
})

/** See {@link restatementSchema}. */
export type Restatement = z.infer<typeof restatementSchema>

/** The response of `GET /v1/metrics/restatements`. */
export const restatementsResponseSchema = z.object({
  ok: z.literal(true),
  window: windowSchema,
  /** Changes of days of the window, the latest first. */
  restatements: z.array(restatementSchema),
  page: z.object({ limit: z.int().min(1), offset: total, total }),
  freshness: freshnessSchema,
})

/** See {@link restatementsResponseSchema}. */
export type RestatementsResponse = z.infer<typeof restatementsResponseSchema>
