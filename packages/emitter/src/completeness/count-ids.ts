import type { ComparedRange } from '@altcontext/webhook-contract'

/** How many ids one range has at most. */
export const idsOfRange = 250_000
/** How many ids are compared in one request at most, so that the receiver can respond in time. */
export const idsOfRequest = 1_000_000

/** How many ids some ranges have together. */
export const countIds = (ranges: readonly ComparedRange[]): number =>
  ranges.reduce((sum, { count }) => sum + count, 0)
