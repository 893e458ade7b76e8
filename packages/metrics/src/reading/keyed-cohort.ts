import { unknownChannel } from '@altcontext/webhook-store'
import type { Window } from '../responses/metric.ts'
import type { TouchDimension } from '../touches/to-touch.ts'
import { cohortOf } from './cohort.ts'
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
 * The name of the cohort with what each tenant is counted under: the capture of its lead, which outlives the lead; without
 * a copy of it yet, the channel that was written with the event.
 */
export const keyedCohort = (
  context: ReadContext,
  { window, by, touch }: Grouping & { window: Window },
): string => {
  const cohort = cohortOf(context, window)
  const { tables } = context
  return context.common(
    'keyed_cohort',
    () => `
    SELECT cohort.*, CASE WHEN has_lead
      THEN COALESCE(capture.${touch}_${by}, ${by === 'channel' ? 'cohort.channel' : `'${unknownChannel}'`}) END AS key
    FROM ${cohort} cohort
    LEFT JOIN ${tables.tenantCaptures} linked
      ON linked.tenant_id = cohort.tenant_id AND linked.owner_id = cohort.owner_id
    LEFT JOIN ${tables.leadCaptures} capture ON capture.id = linked.capture_id`,
  )
}
