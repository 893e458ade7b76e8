import { z } from 'zod'
import { durationsSchema } from './durations.ts'
import { freshnessSchema } from './freshness.ts'
import { total, windowSchema } from './metric.ts'

/** The tenants of a channel that came through one campaign, or landed on one page. */
export const channelPartSchema = z.object({
  /** As the channel report names it. */
  name: z.string(),
  tenantsCreated: total,
  tenantsWithFirstScan: total,
  /** Within the horizon. Null before the first rollup. */
  tenantsReturned: total.nullable(),
})

/** See {@link channelPartSchema}. */
export type ChannelPart = z.infer<typeof channelPartSchema>

/** A day of the window, and the tenants of the channel that were created on it. */
export const channelDaySchema = z.object({
  day: z.iso.date(),
  tenantsCreated: total,
  /** Of those, with a first scan, on whatever day. */
  tenantsWithFirstScan: total,
})

/** See {@link channelDaySchema}. */
export type ChannelDay = z.infer<typeof channelDaySchema>

/** The response of `GET /v1/metrics/channels/:channel`. */
export const channelResponseSchema = z.object({
  ok: z.literal(true),
  window: windowSchema,
  /** By the name that the channel report has for it; `none` for tenants without a known lead. */
  channel: z.string(),
  /** As in its row of the channel report, by the first touch. */
  tenantsCreated: total,
  /** Why counts of returns are null; null when they are not. */
  returnsReason: z.literal('never_rolled_up').nullable(),
  /** How long its tenants took to their first scan. */
  timeToFirstScan: durationsSchema,
  /** One row for every day of the window. */
  trend: z.array(channelDaySchema),
  /** Most tenants first; they add up to `tenantsCreated`. None for tenants without a known lead. */
  campaigns: z.array(channelPartSchema),
  /** Likewise. */
  landingPages: z.array(channelPartSchema),
  freshness: freshnessSchema,
})

/** See {@link channelResponseSchema}. */
export type ChannelResponse = z.infer<typeof channelResponseSchema>
