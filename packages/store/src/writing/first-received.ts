import { contractLimits } from '@altcontext/webhook-contract'
import type { Tables } from '../create-tables.ts'

/** SQL for the moment at which an owner's first event was received, as the jobs have noted it; null before they have. */
export const firstReceivedSql = (tables: Tables, owner: string): string =>
  `(SELECT (details->>${owner})::timestamp(3) FROM ${tables.serviceUsageRuns} WHERE kind = 'bridge')`

/**
 * SQL for the earliest plausible `occurredAt`: a sender retries for the retry horizon, so no event that is received is older,
 * unless a clock is wrong.
 */
export const plausibleSinceSql = (firstReceived: string): string =>
  `(${firstReceived} - interval '${contractLimits.retryHorizonMs} milliseconds')`
