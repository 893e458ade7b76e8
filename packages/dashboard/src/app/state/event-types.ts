import type { descriptionServiceContract } from '@altcontext/webhook-contract'

type EventType = keyof typeof descriptionServiceContract.events

// The page loads no server code: the type says that none is missing.
export const eventTypes = Object.keys({
  'tenant.created': true,
  'apikey.created': true,
  'scan.completed': true,
  'scan.failed': true,
  'cluster.created': true,
  'suggestion.generated': true,
  'suggestion.resolved': true,
} satisfies Record<EventType, true>) as EventType[]
