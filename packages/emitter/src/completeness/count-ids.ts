import type { ComparedRange } from '@altcontext/webhook-contract'

/** So many ids are one range. */
export const idsOfRange = 250_000
/** So many ids are compared in one request, so that the receiver answers within its time. */
export const idsOfRequest = 1_000_000

/** How many ids some ranges have together. */
export const countIds = (ranges: readonly ComparedRange[]): number =>
  ranges.reduce((sum, { count }) => sum + count, 0)
