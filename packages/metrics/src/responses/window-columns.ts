import type { Freshness } from './freshness.ts'
import type { Window } from './metric.ts'

/** What every row of a file says, because it has no response around it: its window, and through which moment it is complete. */
export const windowColumns = ({ window, freshness }: { window: Window; freshness: Freshness }) => ({
  windowFrom: window.from,
  windowTo: window.to,
  completeThrough: freshness.completeThrough,
})
