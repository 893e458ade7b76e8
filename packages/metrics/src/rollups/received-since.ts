import { contractLimits } from '@altcontext/webhook-contract'
import type { Database, Tables } from '@altcontext/webhook-store'

/**
 * SQL for the instant at which the bridge received its first event: what the raw events that are kept say, or what was noted
 * before they were purged.
 */
export const firstReceivedSql = (tables: Tables): string => `LEAST(
  (SELECT min(received_at) FROM ${tables.tenantEvents}),
  (SELECT started_at FROM ${tables.serviceUsageRuns} WHERE kind = 'bridge')
)`

/** SQL for the earliest plausible `occurredAt`: a sender repeats for the retry horizon, and no event is older than that. */
export const plausibleSinceSql = (tables: Tables): string =>
  `${firstReceivedSql(tables)} - interval '${contractLimits.retryHorizonMs} milliseconds'`

/** Notes when the first event was received, while its raw row is there. */
export const noteFirstReceived = (tx: Database, tables: Tables) =>
  tx.query(
    `INSERT INTO ${tables.serviceUsageRuns} AS known (kind, started_at, finished_at)
     SELECT 'bridge', first_at, first_at FROM (SELECT ${firstReceivedSql(tables)} AS first_at) received
     WHERE first_at IS NOT NULL
     ON CONFLICT (kind) DO UPDATE SET started_at = EXCLUDED.started_at
     WHERE known.started_at > EXCLUDED.started_at`,
  )

const milestones = {
  tenant_created_at: 'tenant.created',
  first_api_key_at: 'apikey.created',
  first_scan_at: 'scan.completed',
}

/**
 * Takes milestones back from clocks far in the past: the earliest plausible event of the tenant decides, else the moment at
 * which its first one was received.
 */
export const settleMilestones = async (tx: Database, tables: Tables): Promise<void> => {
  for (const [column, eventType] of Object.entries(milestones)) {
    await tx.query(
      `WITH bridge AS MATERIALIZED (SELECT ${plausibleSinceSql(tables)} AS since),
       settled AS (
         SELECT event.owner_id, event.tenant_id,
           COALESCE(min(event.occurred_at) FILTER (WHERE event.occurred_at >= since), min(event.received_at)) AS at
         FROM bridge
         JOIN ${tables.tenantMilestones} far ON far.${column} < since
         JOIN ${tables.tenantEvents} event ON event.tenant_id = far.tenant_id AND event.owner_id = far.owner_id
         WHERE event.event_type = '${eventType}'
         GROUP BY event.owner_id, event.tenant_id
       )
       UPDATE ${tables.tenantMilestones} milestone SET ${column} = settled.at
       FROM settled
       WHERE milestone.tenant_id = settled.tenant_id AND milestone.owner_id = settled.owner_id`,
    )
  }
}
