import { z } from 'zod'
import { freshnessSchema, runSchema } from './freshness.ts'
import { total } from './metric.ts'

const countsByName = z.object({
  total,
  /** Zero for what did not happen today, where the names are known. */
  counts: z.record(z.string(), total),
})

const job = z.object({ run: runSchema.nullable(), reason: z.enum(['never_ran']).nullable() })

/** The response of `GET /v1/metrics/bridge`: metrics about the metrics. */
export const bridgeResponseSchema = z.object({
  ok: z.literal(true),
  /** When the numbers were read. */
  at: z.iso.datetime(),
  freshness: freshnessSchema,
  /** Events with a clock too far in the past, kept and counted apart: they decide neither coverage nor cohorts. */
  implausible: z.object({
    /** The first received event minus the retry horizon: nothing plausible occurred before. Null before the first event. */
    before: z.iso.datetime().nullable(),
    /** Such events among those that are kept raw. */
    events: total,
  }),
  /** The last run of each job. `discrepancy.run.details.cells` is the number of wrong cells it found. */
  jobs: z.object({ rollup: job, backfill: job, discrepancy: job, purge: job }),
  /** What was received since 00:00 UTC. */
  today: z.object({
    day: z.iso.date(),
    /** Stored events by event type. */
    received: countsByName,
    /** Events that arrived again, by event type. */
    duplicates: countsByName,
    /** Refused requests by reason. */
    refusals: countsByName,
  }),
})

/** See {@link bridgeResponseSchema}. */
export type BridgeResponse = z.infer<typeof bridgeResponseSchema>
