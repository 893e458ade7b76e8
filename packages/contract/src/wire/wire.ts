import * as z from 'zod/mini'
import { producerSchema } from '../completeness/reconcile.ts'
import { contractLimits } from '../contract-limits.ts'

const issueSchema = z.object({ path: z.string(), message: z.string() })

/** The response of `POST <path>` to an event that is committed (roadmap §6). */
export const singleResponseSchema = z.object({
  ok: z.literal(true),
  eventId: z.string(),
  /** Present when the event was stored already. */
  duplicate: z.optional(z.literal(true)),
})

/** What happened to one event of a batch. Only `retry` may be sent again. */
export const batchResultSchema = z.discriminatedUnion('status', [
  z.object({ status: z.enum(['stored', 'duplicate']), eventId: z.string() }),
  z.object({ status: z.literal('invalid'), error: z.string(), issues: z.array(issueSchema) }),
  z.object({ status: z.literal('retry'), error: z.string() }),
])

/** The response of `POST <path>/batch`: one result per event, in the order of the request. */
export const batchResponseSchema = z.object({ ok: z.literal(true), results: z.array(batchResultSchema) })

/**
 * The body of `POST <path>/batch`. The events are parsed one by one afterwards, so that one bad event does
 * not refuse its neighbours. Each may carry an `id` (a UUID) beside the envelope's fields. A single event may carry
 * `producer` beside them too.
 */
export const batchRequestSchema = z.object({
  /** The durable outbox that the events come from, for `docs/completeness.md`. */
  producer: z.optional(producerSchema),
  events: z.array(z.unknown()).check(z.minLength(1), z.maxLength(contractLimits.maxBatchEvents)),
})

/**
 * The response of `POST <path>/verify`, whose body is `{}`: key and signature are valid, and an event would have been read.
 * Nothing is stored.
 */
export const verifyResponseSchema = z.object({
  ok: z.literal(true),
  /** The name of the receiver's contract. */
  contract: z.string(),
  /** Whether the receiver checks signatures at all. */
  isSignatureChecked: z.boolean(),
})

export type VerifyResponse = z.infer<typeof verifyResponseSchema>
export type SingleResponse = z.infer<typeof singleResponseSchema>
export type BatchResult = z.infer<typeof batchResultSchema>
export type BatchResponse = z.infer<typeof batchResponseSchema>
export type BatchRequest = z.infer<typeof batchRequestSchema>
