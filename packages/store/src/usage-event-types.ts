/** The event types that change a tenant's usage of a day. The others only set milestones. */
export const usageEventTypes = Object.freeze([
  'scan.completed',
  'scan.failed',
  'cluster.created',
  'suggestion.generated',
  'suggestion.resolved',
] as const)
