import { z } from 'zod'
import { conversionsSchema } from './conversion.ts'
import { freshnessSchema } from './freshness.ts'
import { ratioSchema, total, windowSchema } from './metric.ts'
import { nullReasonSchema } from './reasons.ts'

/**
 * What a row of the channel report stands for.
 *
 * - `channel`: a marketing channel. `unknown` is the channel of leads whose origin is not known.
 * - `no_lead`: tenants without a lead; its `channel` is `none`.
 * - `remainder`: visitors and leads that the host counted and whose channel cannot be named, such as leads
 *   deleted since; its `channel` is `unattributed`. It has no tenants.
 */
export const channelKindSchema = z.enum(['channel', 'no_lead', 'remainder'])

/** See {@link channelKindSchema}. */
export type ChannelKind = z.infer<typeof channelKindSchema>

const counts = {
  visitors: total,
  leads: total,
  tenantsCreated: total,
  tenantsWithApiKey: total,
  tenantsWithFirstScan: total,
  /** Null, with its rate's reason, before the first rollup. */
  tenantsActive30d: total.nullable(),
  /** Within the horizon of the funnel's `conversions`. Null like `tenantsActive30d`. */
  tenantsReturned: total.nullable(),
}

/**
 * How a channel compares with all the other channels together, by the share of its mature tenants that returned within the
 * horizon: what is believed about that share is a beta distribution, from its own counts and 20 tenants at the rate of all.
 */
export const verdictSchema = z.object({
  /** Null for rows that are not a channel, and before the first rollup. */
  verdict: z.enum(['ahead', 'behind', 'undecided', 'too_few']).nullable(),
  /** The mean of what is believed: the observed rate, shrunk towards that of all channels. */
  shrunkRate: z.number().min(0).max(1).nullable(),
  /** The probability that its rate is above that of the others together. */
  probabilityAhead: z.number().min(0).max(1).nullable(),
  /** The probability that its rate is the highest of all channels that are ranked. */
  probabilityBest: z.number().min(0).max(1).nullable(),
  /** Why there is no probability; null if there is one. */
  reason: nullReasonSchema.nullable(),
})

/** See {@link verdictSchema}. */
export type ChannelVerdict = z.infer<typeof verdictSchema>

/** One channel's part of the funnel. */
export const channelRowSchema = z.object({
  channel: z.string(),
  kind: channelKindSchema,
  ...counts,
  /** `tenantsCreated / leads`. */
  leadToTenantRatio: ratioSchema,
  /** `tenantsWithFirstScan / tenantsCreated`. */
  firstScanRate: ratioSchema,
  /** `tenantsReturned / tenantsCreated`. */
  returnRate: ratioSchema,
  /** `tenantsActive30d / tenantsCreated`. */
  active30dRate: ratioSchema,
  /** The numbers by which channels can be compared: conversions within the horizon. */
  conversions: conversionsSchema,
  verdict: verdictSchema,
})

/** See {@link channelRowSchema}. */
export type ChannelRow = z.infer<typeof channelRowSchema>

/** What the host counted on one day, for all channels together. */
export const marketingDaySchema = z.object({ day: z.iso.date(), visitors: total, leads: total })

/** See {@link marketingDaySchema}. */
export type MarketingDay = z.infer<typeof marketingDaySchema>

/** The response of `GET /v1/metrics/channels`. */
export const channelsResponseSchema = z.object({
  ok: z.literal(true),
  window: windowSchema,
  /** What the rows are; the field is always called `channel`. */
  by: z.enum(['channel', 'source', 'medium', 'campaign', 'landing_path']),
  /** Which visit of a lead counts: its first, or the last before it was captured. */
  touch: z.enum(['first', 'last']),
  /** Most tenants first. */
  channels: z.array(channelRowSchema),
  /** The funnel's numbers. The rows' tenants add up to them exactly. */
  totals: z.object(counts),
  /** Days of the window that the host has counted, the oldest first. They add up to the `visitors` and `leads` of the totals. */
  marketingDays: z.array(marketingDaySchema),
  freshness: freshnessSchema,
})

/** See {@link channelsResponseSchema}. */
export type ChannelsResponse = z.infer<typeof channelsResponseSchema>
