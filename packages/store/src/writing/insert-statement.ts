import type { Tables } from '../create-tables.ts'
import type { DeclaredEventTypes } from './declared-event-types.ts'
import { firstReceivedSql, plausibleSinceSql } from './first-received.ts'
import { leadChannelSql } from './lead-channel.ts'

/**
 * The one statement that writes events, with everything that must be true in the same moment: the events,
 * their attribution, the milestones, the dirty tenant days and the duplicates that were recognised.
 *
 * `$1` is a JSON array of rows, `$2` the instant of receipt, `$3` the host's customer to whom all of them belong, or
 * '' if the host has no customers; only then are leads of any customer looked up. All rows travel as one JSON text because that is the
 * cheapest to make and to parse, with any driver.
 *
 * The addresses to look up are taken from the rows and not from a parameter of their own: PostgreSQL would hope to
 * plan better for the value of a parameter, and plan this whole text again for every commit.
 *
 * Locks are taken in the same order by every server, so that two of them never wait for each other: leads
 * (shared, so that a lead is either already deleted or stays until the commit), events by id, milestones by tenant.
 */
export const insertStatement = (
  tables: Tables,
  { isScoped, declared }: { isScoped: boolean; declared: DeclaredEventTypes },
): string => `
WITH incoming AS (
  SELECT * FROM json_to_recordset($1::json)
    AS row(id text, tenant_id text, event_type text, occurred_at timestamp(3), payload jsonb, email text, copies int,
      producer_id uuid)
),
${attributionSql(tables, { isScoped, declared })},
stored AS (
  INSERT INTO ${tables.tenantEvents}
    (id, tenant_id, owner_id, event_type, payload, lead_id, occurred_at, received_at, created_at, producer_id)
  SELECT id, tenant_id, $3::text, event_type, payload, lead_id, occurred_at, $2::timestamp(3), $2::timestamp(3), producer_id
  FROM incoming
  LEFT JOIN attribution ON email_normalized = email
  ORDER BY id
  ON CONFLICT (id) DO NOTHING
  RETURNING id, tenant_id, event_type, occurred_at, lead_id
),
${milestonesSql(tables, declared)}${dirtySql(tables, declared)}duplicates AS (
  INSERT INTO ${tables.tenantEventDuplicates} (event_type, owner_id, duplicates, received_at)
  SELECT incoming.event_type, $3::text, sum(copies) - count(stored.id), $2::timestamp(3)
  FROM incoming
  LEFT JOIN stored USING (id)
  GROUP BY incoming.event_type
  HAVING sum(copies) > count(stored.id)
)
SELECT id FROM stored`

/** For a contract that names no leads there is no table of leads to read. */
const attributionSql = (
  tables: Tables,
  { isScoped, declared }: { isScoped: boolean; declared: DeclaredEventTypes },
): string =>
  declared.namesLead.length === 0
    ? `attribution AS (SELECT NULL::text AS lead_id, NULL::text AS email_normalized, NULL::text AS channel WHERE false)`
    : `known_leads AS MATERIALIZED (
  SELECT lead.id, lead.email_normalized, lead.first_captured_at, ${leadChannelSql(tables, 'lead')} AS channel
  FROM ${tables.leads} lead
  WHERE lead.email_normalized = ANY(ARRAY(SELECT email FROM incoming WHERE email IS NOT NULL))${isScoped ? ' AND lead.tenant_id = $3::text::uuid' : ''}
  ORDER BY lead.id
  FOR KEY SHARE OF lead
),
attribution AS (
  SELECT DISTINCT ON (email_normalized) id AS lead_id, email_normalized, channel
  FROM known_leads
  ORDER BY email_normalized, first_captured_at, id
)`

const milestonesSql = (tables: Tables, { milestones, namesLead }: DeclaredEventTypes): string => {
  const types = [...new Set([...Object.values(milestones).flat(), ...namesLead])]
  if (types.length === 0) return ''
  return `reached AS (
  SELECT
    tenant_id,
    min(plausible_at) FILTER (WHERE ${isOneOf(milestones.created)}) AS tenant_created_at,
    min(plausible_at) FILTER (WHERE ${isOneOf(milestones.firstKey)}) AS first_api_key_at,
    min(plausible_at) FILTER (WHERE ${isOneOf(milestones.firstUse)}) AS first_scan_at,
    (array_agg(id ORDER BY occurred_at, id) FILTER (WHERE lead_id IS NOT NULL))[1] AS attributed_event_id
  FROM (
    -- Of a clock far in the past the receipt counts: a milestone once moved back could not come forward again.
    SELECT *, CASE WHEN occurred_at < ${plausibleSinceSql(firstReceivedSql(tables, '$3::text'))}
      THEN $2::timestamp(3) ELSE occurred_at END AS plausible_at
    FROM stored
  ) stored
  WHERE ${isOneOf(types)}
  GROUP BY tenant_id
),
milestones AS (
  INSERT INTO ${tables.tenantMilestones} AS milestone
    (tenant_id, owner_id, tenant_created_at, first_api_key_at, first_scan_at, updated_at,
      lead_id, channel, attributed_at, attributed_event_id)
  SELECT
    reached.tenant_id, $3::text, reached.tenant_created_at, reached.first_api_key_at, reached.first_scan_at, $2::timestamp(3),
    attributed.lead_id, attribution.channel, attributed.occurred_at, attributed.id
  FROM reached
  LEFT JOIN stored attributed ON attributed.id = reached.attributed_event_id
  LEFT JOIN attribution ON attribution.lead_id = attributed.lead_id
  LEFT JOIN LATERAL (
    SELECT * FROM ${tables.tenantMilestones} known WHERE known.tenant_id = reached.tenant_id AND known.owner_id = $3::text LIMIT 1
  ) known ON true
  -- Milestones only move back in time: what is not earlier than what is known needs no row lock at all.
  WHERE known.tenant_id IS NULL
    OR reached.tenant_created_at < COALESCE(known.tenant_created_at, 'infinity')
    OR reached.first_api_key_at < COALESCE(known.first_api_key_at, 'infinity')
    OR reached.first_scan_at < COALESCE(known.first_scan_at, 'infinity')
    OR attributed.occurred_at <= COALESCE(known.attributed_at, 'infinity')
  ORDER BY reached.tenant_id
  ON CONFLICT (tenant_id, owner_id) DO UPDATE SET
    tenant_created_at = LEAST(milestone.tenant_created_at, EXCLUDED.tenant_created_at),
    first_api_key_at = LEAST(milestone.first_api_key_at, EXCLUDED.first_api_key_at),
    first_scan_at = LEAST(milestone.first_scan_at, EXCLUDED.first_scan_at),
    (lead_id, channel, attributed_at, attributed_event_id) = (
      SELECT earliest.lead_id, earliest.channel, earliest.attributed_at, earliest.attributed_event_id
      FROM (VALUES
        (milestone.lead_id, milestone.channel, milestone.attributed_at, milestone.attributed_event_id),
        (EXCLUDED.lead_id, EXCLUDED.channel, EXCLUDED.attributed_at, EXCLUDED.attributed_event_id)
      ) AS earliest(lead_id, channel, attributed_at, attributed_event_id)
      ORDER BY earliest.attributed_at NULLS LAST, earliest.attributed_event_id
      LIMIT 1
    ),
    updated_at = EXCLUDED.updated_at
),
`
}

const dirtySql = (tables: Tables, { changesDay }: DeclaredEventTypes): string =>
  changesDay.length === 0
    ? ''
    : `dirty AS (
  INSERT INTO ${tables.serviceUsageDirty} (tenant_id, owner_id, day, appended_at)
  SELECT DISTINCT tenant_id, $3::text, occurred_at::date, $2::timestamp(3)
  FROM stored
  WHERE ${isOneOf(changesDay)}
),
`

const isOneOf = (types: readonly string[]): string =>
  types.length === 0 ? 'false' : `event_type IN (${types.map(literal).join(', ')})`

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`
