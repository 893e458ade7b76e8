import type { ComparedRange } from '@altcontext/webhook-contract'

/** The maximum number of ids in one range. */
export const idsOfRange = 250_000
/** The maximum number of ids that one request compares, so that the receiver can respond in time. */
export const idsOfRequest = 1_000_000

/** How many ids some ranges have together. */
export const countIds = (ranges: readonly ComparedRange[]): number =>
  ranges.reduce((sum, { count }) => sum + count, 0)
