import { z } from 'zod'
import { freshnessSchema } from './freshness.ts'
import { ratioSchema, total, windowSchema } from './metric.ts'

/**
 * What a row of the channel report stands for.
 *
 * - `channel`: a marketing channel. `unknown` is the channel of leads that none is known of.
 * - `no_lead`: tenants without a lead; its `channel` reads `none`.
 * - `remainder`: visitors and leads that the host counted and that no channel can be named for, such as leads
 *   deleted since; its `channel` reads `unattributed`. It has no tenants.
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
})

/** See {@link channelRowSchema}. */
export type ChannelRow = z.infer<typeof channelRowSchema>

/** The answer of `GET /v1/metrics/channels`. */
export const channelsResponseSchema = z.object({
  ok: z.literal(true),
  window: windowSchema,
  /** Most tenants first. */
  channels: z.array(channelRowSchema),
  /** The funnel's numbers. The rows' tenants add up to them exactly. */
  totals: z.object(counts),
  freshness: freshnessSchema,
})

/** See {@link channelsResponseSchema}. */
export type ChannelsResponse = z.infer<typeof channelsResponseSchema>
