import * as z from 'zod/mini'
import { completenessLimits } from './completeness-limits.ts'

/** The id of a durable outbox: its events, its reconciliations and its heartbeats carry it. */
export const producerSchema = z
  .string()
  .check(
    z.regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/),
    z.describe('The id of a durable outbox, a UUID in lower case.'),
  )

const boundSchema = z
  .string()
  .check(
    z.regex(/^[0-9a-f-]{0,36}$/),
    z.describe('An id in lower case, or the beginning of one. Compared byte by byte.'),
  )

const sumSchema = z.string().check(z.regex(/^[0-9a-f]{32}$/))
const countSchema = z.int().check(z.minimum(0))
const instantSchema = z.string().check(z.regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/))

/** Ids from `from` (inclusive, '' is the lowest) to `to` (exclusive, null is behind the highest). */
export const idRangeSchema = z.object({
  from: boundSchema,
  to: z.nullable(boundSchema.check(z.minLength(1))),
})

/** What the producer has delivered in a range. */
export const comparedRangeSchema = z.extend(idRangeSchema, {
  count: countSchema,
  sum: sumSchema,
  /** Asks for the ids themselves instead of their hashes, to name what only the receiver has. */
  list: z.optional(z.literal(true)),
})

/** A span of time in which events are known to be missing. */
export const completenessGapSchema = z.object({
  from: instantSchema,
  to: instantSchema,
  events: countSchema,
})

/** The result of one reconciliation. The receiver keeps the last, and its gaps. */
export const completenessProofSchema = z.object({
  /** When it began, by the producer's clock. */
  at: instantSchema,
  /** Every event that was accepted before this moment was compared. */
  through: instantSchema,
  /** Events that were compared. */
  compared: countSchema,
  /** Events that the receiver did not have, and stored when they were sent again: proven losses. */
  lost: countSchema,
  /** Events that the receiver said it did not have, but turned out to have when they were sent again. Not losses. */
  raced: countSchema,
  /** Events that the receiver does not have, and that nobody could send again. */
  unrepaired: countSchema,
  /** Events that only the receiver has. */
  unexplained: countSchema,
  gaps: z.array(completenessGapSchema).check(z.maxLength(completenessLimits.maxGaps)),
})

/** The body of `POST <path>/reconcile`. */
export const reconcileRequestSchema = z.object({
  producer: producerSchema,
  /** Prefixed to every id that is hashed, a new one for each reconciliation. Without it, purged events are compared by whole buckets. */
  salt: z._default(z.string().check(z.regex(/^([0-9a-f]{16})?$/)), ''),
  ranges: z.array(comparedRangeSchema).check(z.maxLength(completenessLimits.maxRanges)),
  /** With the last request of a reconciliation. */
  proof: z.optional(completenessProofSchema),
})

/** What the receiver says about one range. */
export const rangeResultSchema = z.discriminatedUnion('status', [
  z.object({ status: z.literal('equal') }),
  /**
   * More ids than can be listed. `bounds` split the range into pieces of about the same size, one more than there are
   * bounds; `sums` are the first 8 digits of each piece's sum.
   */
  z.object({
    status: z.literal('differs'),
    count: countSchema,
    bounds: z.array(boundSchema).check(z.maxLength(completenessLimits.splitParts - 1)),
    sums: z
      .array(z.string().check(z.regex(/^[0-9a-f]{8}$/)))
      .check(z.maxLength(completenessLimits.splitParts)),
  }),
  /** All that the receiver has, as short hashes, or as ids when they were asked for. */
  z.object({
    status: z.literal('ids'),
    hashes: z.optional(
      z.array(z.string().check(z.regex(/^[0-9a-f]{12}$/))).check(z.maxLength(completenessLimits.maxIds)),
    ),
    ids: z.optional(z.array(z.string()).check(z.maxLength(completenessLimits.maxIds))),
  }),
  /**
   * Without count: some of its events are kept as sums only, so it is compared without a salt and by whole buckets. With count
   * and sum: one bucket that was compared so, and differs.
   */
  z.object({
    status: z.literal('sealed'),
    count: z.optional(countSchema),
    sum: z.optional(sumSchema),
  }),
  /** The receiver knows nothing of ids below `floor`. */
  z.object({ status: z.literal('before_floor'), floor: boundSchema }),
])

/** The response of `POST <path>/reconcile`: one result for each range, in order. */
export const reconcileResponseSchema = z.object({
  ok: z.literal(true),
  results: z.array(rangeResultSchema),
})

/** The body of `POST <path>/heartbeat`. */
export const heartbeatRequestSchema = z.object({
  producer: producerSchema,
  /** By the producer's clock. */
  sentAt: instantSchema,
  /** When the next one is sent. */
  intervalMs: z.int().check(z.minimum(1000), z.maximum(3_600_000)),
  /** Every event that was accepted before this moment is delivered, dead or dropped: none of them still waits. */
  closedThrough: instantSchema,
  /** How long the oldest event has waited, or null when none waits. */
  oldestPendingMs: z.nullable(z.int().check(z.minimum(0))),
  /** `accepted = delivered + duplicate + pending + dead + the sum of dropped`. */
  ledger: z.object({
    accepted: countSchema,
    delivered: countSchema,
    duplicate: countSchema,
    pending: countSchema,
    dead: countSchema,
    dropped: z.record(z.string().check(z.maxLength(64)), countSchema),
  }),
})

/** The response of `POST <path>/heartbeat`. */
export const heartbeatResponseSchema = z.object({ ok: z.literal(true) })

export type IdRange = z.infer<typeof idRangeSchema>
export type ComparedRange = z.infer<typeof comparedRangeSchema>
export type CompletenessGap = z.infer<typeof completenessGapSchema>
export type CompletenessProof = z.infer<typeof completenessProofSchema>
export type ReconcileRequest = z.infer<typeof reconcileRequestSchema>
export type RangeResult = z.infer<typeof rangeResultSchema>
export type ReconcileResponse = z.infer<typeof reconcileResponseSchema>
export type HeartbeatRequest = z.infer<typeof heartbeatRequestSchema>
export type HeartbeatResponse = z.infer<typeof heartbeatResponseSchema>
