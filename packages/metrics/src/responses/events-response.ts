import { z } from 'zod'
import { freshnessSchema } from './freshness.ts'
import { total } from './metric.ts'

/** One event as it is stored, which is without its private fields. */
export const storedEventSchema = z.object({
  id: z.string(),
  eventType: z.string(),
  tenantId: z.string(),
  occurredAt: z.iso.datetime(),
  receivedAt: z.iso.datetime(),
  /** `receivedAt - occurredAt`; negative when the sender's clock is ahead. */
  lagMs: z.int(),
  /** Its clock was too far in the past to be believed: the event is kept and counted, but decides neither coverage nor cohorts. */
  isImplausible: z.boolean(),
  payload: z.record(z.string(), z.unknown()).nullable(),
})

/** See {@link storedEventSchema}. */
export type StoredEvent = z.infer<typeof storedEventSchema>

/** Events of one type that arrived again together. Each was stored once; which ones they were, and of which tenants, is not kept. */
export const arrivedAgainSchema = z.object({
  id: z.string(),
  eventType: z.string(),
  /** How many. */
  duplicates: total,
  receivedAt: z.iso.datetime(),
})

/** See {@link arrivedAgainSchema}. */
export type ArrivedAgain = z.infer<typeof arrivedAgainSchema>

/** One refused webhook request. Nothing of its body is kept, so it has no type and no tenant. */
export const refusalSchema = z.object({
  id: z.string(),
  refusedAt: z.iso.datetime(),
  endpoint: z.string(),
  status: z.int(),
  /** The `error` of the response. */
  reason: z.string(),
  /** The reason in words; null for one that the bridge does not know. */
  words: z.string().nullable(),
})

/** See {@link refusalSchema}. */
export type Refusal = z.infer<typeof refusalSchema>

/** What `kind` of `GET /v1/metrics/events` may be. */
export const eventKinds = ['received', 'duplicate', 'refused'] as const

export type EventKind = (typeof eventKinds)[number]

/** A page of events, the newest first. */
export const eventPageSchema = z.object({
  limit: total,
  /** `before` of the next page; null on the last. */
  next: z.string().nullable(),
  /** `after` of `GET /v1/metrics/events` for what is received later; null when there is nothing to follow. */
  latest: z.string().nullable(),
})

/** The response of `GET /v1/metrics/events`. */
export const eventsResponseSchema = z.object({
  ok: z.literal(true),
  kind: z.enum(eventKinds),
  /** Newest received first; with `after`, the oldest that follow it first. Empty for another `kind`, like the other two. */
  events: z.array(storedEventSchema),
  /** In the same order. */
  duplicates: z.array(arrivedAgainSchema),
  /** In the same order. */
  refusals: z.array(refusalSchema),
  page: eventPageSchema,
  /** Of the numbers that count the events; its restatements are of the requested days, or of any. */
  freshness: freshnessSchema,
})

/** See {@link eventsResponseSchema}. */
export type EventsResponse = z.infer<typeof eventsResponseSchema>

/** What a client that follows the events gets: one event, and the `after` with which it continues from there. */
export const followedEventSchema = z.object({ cursor: z.string(), event: storedEventSchema })

/** See {@link followedEventSchema}. */
export type FollowedEvent = z.infer<typeof followedEventSchema>
