import type { Freshness } from './freshness.ts'
import type { Window } from './metric.ts'

/** What every row of a file says, which has no response around it: of which days it is, and how far they are complete. */
export const windowColumns = ({ window, freshness }: { window: Window; freshness: Freshness }) => ({
  windowFrom: window.from,
  windowTo: window.to,
  completeThrough: freshness.completeThrough,
})
