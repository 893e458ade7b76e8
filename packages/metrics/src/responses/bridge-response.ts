import { completenessProofSchema } from '@altcontext/webhook-contract'
import { z } from 'zod'
import { freshnessSchema, runSchema } from './freshness.ts'
import { total } from './metric.ts'
import { nullReasonSchema } from './reasons.ts'

const countsByName = z.object({
  total,
  /** Names that are known, and did not occur today, have 0. */
  counts: z.record(z.string(), total),
})

const traffic = z.object({
  /** Events that were stored. */
  accepted: total,
  /** Events that arrived again. */
  duplicates: total,
  /** Refused requests. */
  refused: total,
})

/**
 * What can be wrong with the bridge, the most urgent first.
 *
 * - `refusing`: more than 1 % of the last 24 hours was refused; where the host has customers, of this customer's own requests, or
 *   as a share of all requests those that were refused before it was known whose they were.
 * - `silent`: nothing arrived in the last 24 hours.
 * - `producer_silent`: a durable outbox sends no heartbeats any more, or its clock is wrong: it may have events that nobody hears about.
 * - `incomplete`: events are known to be missing, and nobody could send them again.
 * - `behind`: events have waited for more than 15 minutes, or there are events and no rollup has ever run.
 * - `numbers_differ`: the last discrepancy check found numbers that do not match the events.
 * - `never_verified`: no discrepancy check has ever ended.
 */
export const bridgeProblems = [
  'refusing',
  'silent',
  'producer_silent',
  'incomplete',
  'behind',
  'numbers_differ',
  'never_verified',
] as const

export type BridgeProblem = (typeof bridgeProblems)[number]

const job = z.object({ run: runSchema.nullable(), reason: z.enum(['never_ran']).nullable() })

/** A durable outbox that sends events, by its own heartbeats and proofs. */
const producer = z.object({
  producerId: z.string(),
  firstSeenAt: z.iso.datetime(),
  /** The last heartbeat; null when none ever came. */
  heartbeat: z
    .object({
      receivedAt: z.iso.datetime(),
      /** By the producer's clock. */
      sentAt: z.iso.datetime(),
      intervalMs: total,
      /** Everything that it had accepted before is here, except what its ledger calls dead or dropped. */
      closedThrough: z.iso.datetime(),
      /** How long the oldest event waited then. Null when none did. */
      oldestPendingMs: total.nullable(),
      ledger: z.record(z.string(), z.unknown()),
    })
    .nullable(),
  /** Whether nothing was heard from it for 7 days. It is no longer a problem, and holds no number back. */
  isRetired: z.boolean(),
  /** Whether two heartbeats are missing. Null when none ever came, and for a retired producer. */
  isSilent: z.boolean().nullable(),
  /** Whether its clock and this one are more than two minutes apart. Null likewise. */
  isClockWrong: z.boolean().nullable(),
  /** What its last reconciliation has shown; null before the first. */
  proof: z.nullable(completenessProofSchema),
})

export type ProducerState = z.infer<typeof producer>

/** The response of `GET /v1/metrics/bridge`: metrics about the metrics. */
export const bridgeResponseSchema = z.object({
  ok: z.literal(true),
  /** When the numbers were read. */
  at: z.iso.datetime(),
  freshness: freshnessSchema,
  /** Events with a clock too far in the past, kept and counted apart: they decide neither coverage nor cohorts. */
  implausible: z.object({
    /** The receipt of the first event minus the retry horizon: no plausible event occurred before. Null before the first event. */
    before: z.iso.datetime().nullable(),
    /** Such events among those that are kept raw. */
    events: total,
  }),
  /** The last run of each job. `discrepancy.run.details.cells` is the number of wrong cells it found. */
  jobs: z.object({ rollup: job, backfill: job, discrepancy: job, purge: job }),
  /** Empty: the bridge is healthy. */
  problems: z.array(z.enum(bridgeProblems)),
  producers: z.array(producer),
  traffic: z.object({
    last24Hours: traffic,
    last30Days: traffic,
    /** From `occurredAt` to `receivedAt`, for the events stored in the last 24 hours. Clocks that are ahead count as 0. */
    lag: z.object({
      n: total,
      /** The median. */
      p50Ms: total.nullable(),
      p95Ms: total.nullable(),
      reason: nullReasonSchema.nullable(),
    }),
    /** The last event of each type; null (`not_seen`) when none was stored in the last 30 days. */
    lastEvents: z.array(
      z.object({
        eventType: z.string(),
        receivedAt: z.iso.datetime().nullable(),
        ageMs: total.nullable(),
        reason: nullReasonSchema.nullable(),
      }),
    ),
  }),
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
