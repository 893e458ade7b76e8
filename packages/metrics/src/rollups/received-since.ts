import { descriptionServiceContract, type Milestone } from '@altcontext/webhook-contract'
import { type Database, firstReceivedSql, plausibleSinceSql, type Tables } from '@altcontext/webhook-store'

/**
 * SQL for the moment at which the first event was received: as the jobs noted it, or from the raw events before they did.
 *
 * @param owner - SQL of the customer of the host whose first event is meant, where `tables` are that customer's. @default the first of all
 */
export const coveredSinceSql = (tables: Tables, owner: string | undefined): string => `COALESCE(
  ${owner === undefined ? `(SELECT started_at FROM ${tables.serviceUsageRuns} WHERE kind = 'bridge')` : firstReceivedSql(tables, owner)},
  (SELECT min(received_at) FROM ${tables.tenantEvents})
)`

/** Query of the earliest plausible `occurredAt` of every owner: `owner_id` and `since`. */
export const plausibleSinceByOwnerSql = (tables: Tables): string =>
  `SELECT key AS owner_id, ${plausibleSinceSql('value::timestamp(3)')} AS since
   FROM ${tables.serviceUsageRuns}, jsonb_each_text(details) WHERE kind = 'bridge'`

/**
 * Notes when the first event of each owner was received, while its raw row is there.
 *
 * @param owners - owners that may have no tenant with a milestone.
 */
export const noteFirstReceived = (tx: Database, tables: Tables, owners: readonly string[] = []) =>
  tx.query(
    `WITH known AS (
       SELECT started_at, COALESCE(details, '{}') AS details FROM ${tables.serviceUsageRuns} WHERE kind = 'bridge'
     ),
     first AS (
       SELECT owner_id, LEAST(
         (SELECT min(received_at) FROM ${tables.tenantEvents} event WHERE event.owner_id = owners.owner_id),
         -- Noted when there was one note for all.
         (SELECT started_at FROM known WHERE details = '{}')
       ) AS received_at
       FROM (SELECT DISTINCT owner_id FROM ${tables.tenantMilestones} UNION SELECT unnest($1::text[])) owners
       WHERE NOT EXISTS (SELECT FROM known WHERE details->owner_id IS NOT NULL)
     )
     INSERT INTO ${tables.serviceUsageRuns} AS known (kind, started_at, finished_at, details)
     SELECT 'bridge', min(received_at), min(received_at), jsonb_object_agg(owner_id, received_at)
     FROM first WHERE received_at IS NOT NULL HAVING count(*) > 0
     ON CONFLICT (kind) DO UPDATE SET
       started_at = LEAST(known.started_at, EXCLUDED.started_at), details = COALESCE(known.details, '{}') || EXCLUDED.details`,
    [owners],
  )

const columns: Readonly<Record<Milestone, string>> = {
  created: 'tenant_created_at',
  firstKey: 'first_api_key_at',
  firstUse: 'first_scan_at',
}

const eventTypesOf = (milestone: string): string[] =>
  Object.entries(descriptionServiceContract.events).flatMap(([type, event]) =>
    event.milestone === milestone ? [type] : [],
  )

/**
 * Corrects milestones from clocks far in the past that were written before the first event was noted: such an event counts from its
 * receipt on. Later ones are written like that.
 */
export const settleMilestones = async (tx: Database, tables: Tables): Promise<void> => {
  for (const [milestone, column] of Object.entries(columns)) {
    await tx.query(
      `WITH plausible AS MATERIALIZED (${plausibleSinceByOwnerSql(tables)}),
       settled AS (
         SELECT far.owner_id, far.tenant_id, earliest.at
         FROM plausible
         JOIN ${tables.tenantMilestones} far ON far.owner_id = plausible.owner_id AND far.${column} < since
         -- For each of few tenants: as a join PostgreSQL may read the events of all.
         CROSS JOIN LATERAL (
           SELECT min(CASE WHEN event.occurred_at < since THEN event.received_at ELSE event.occurred_at END) AS at
           FROM ${tables.tenantEvents} event
           WHERE event.tenant_id = far.tenant_id AND event.owner_id = far.owner_id AND event.event_type = ANY($1::text[])
         ) earliest
       )
       UPDATE ${tables.tenantMilestones} milestone SET ${column} = settled.at
       FROM settled
       WHERE settled.at IS NOT NULL
         AND milestone.tenant_id = settled.tenant_id AND milestone.owner_id = settled.owner_id`,
      [eventTypesOf(milestone)],
    )
  }
}
