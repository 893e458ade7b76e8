import type { ChannelRow } from '@altcontext/webhook-metrics'

/**
 * Channels by the rate at which their tenants are believed to come back; those with too few tenants to be ranked follow, most
 * tenants first.
 */
export const rankChannels = (rows: readonly ChannelRow[]): ChannelRow[] => {
  const isRanked = ({ verdict }: ChannelRow) => verdict.probabilityAhead !== null
  return [...rows].sort((left, right) => {
    if (isRanked(left) !== isRanked(right)) return isRanked(left) ? -1 : 1
    return isRanked(left)
      ? (right.verdict.shrunkRate ?? 0) - (left.verdict.shrunkRate ?? 0)
      : right.tenantsCreated - left.tenantsCreated
  })
}
