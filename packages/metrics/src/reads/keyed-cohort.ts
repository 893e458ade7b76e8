import { unknownChannel } from '@altcontext/webhook-store'
import type { Window } from '../responses/metric.ts'
import type { TouchDimension } from '../touches/to-touch.ts'
import { cohortSql } from './cohort.ts'
import type { ReadContext } from './read-snapshot.ts'

/** Which visit of a lead counts: the first, or the last before it was captured. */
export type TouchKind = 'first' | 'last'

/** What the channel report calls tenants without a known lead. */
export const noLead = 'none'

export interface Grouping {
  by: TouchDimension
  touch: TouchKind
}

/**
 * The name of the cohort with what each tenant is counted under: where its lead came from, which outlives the lead; until that is
 * copied, the channel that was written with the event.
 *
 * @param columns - further columns of the tenants.
 */
export const keyedCohort = (
  context: ReadContext,
  { window, by, touch }: Grouping & { window: Window },
  columns: readonly string[] = [],
): string => {
  const uncopied = by === 'channel' ? 'channel' : `'${unknownChannel}'`
  const key = `CASE WHEN attributed_at IS NOT NULL THEN COALESCE(${touch}_${by}, ${uncopied}) END AS key`
  return context.common('keyed_cohort', () => cohortSql(context, window, [key, ...columns]))
}
