import { z } from 'zod'
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
  payload: z.record(z.string(), z.unknown()).nullable(),
})

/** See {@link storedEventSchema}. */
export type StoredEvent = z.infer<typeof storedEventSchema>

/** The response of `GET /v1/metrics/events`. */
export const eventsResponseSchema = z.object({
  ok: z.literal(true),
  /** Newest received first; with `after`, the oldest that follow it first. */
  events: z.array(storedEventSchema),
  page: z.object({
    limit: total,
    /** `before` of the next page; null on the last. */
    next: z.string().nullable(),
    /** `after` for what is received later; null when there is nothing to follow. */
    latest: z.string().nullable(),
  }),
})

/** See {@link eventsResponseSchema}. */
export type EventsResponse = z.infer<typeof eventsResponseSchema>
