import { descriptionServiceContract } from '@altcontext/webhook-contract'
import { declaredEventTypes } from './writing/declared-event-types.ts'

/** The event types of the description service that change a tenant's usage of a day. The others only set milestones. */
export const usageEventTypes: readonly string[] = Object.freeze(
  declaredEventTypes(descriptionServiceContract).changesDay,
)
