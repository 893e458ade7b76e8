import type { Tables } from '../create-tables.ts'

/** The channel of a lead whose origin is unknown. */
export const unknownChannel = 'unknown'

/**
 * SQL for the channel that a lead came through: what the lead form said (`source_channel`), or else where
 * the first visit of its visitors came from, or else `unknown`.
 *
 * @param lead - the alias of the `leads` row in the surrounding statement.
 */
export const leadChannelSql = (tables: Tables, lead: string): string => `COALESCE(
  NULLIF(${lead}.source_channel, ''),
  (
    SELECT visit.traffic_source::text
    FROM ${tables.leadIdentities} identity
    JOIN ${tables.events} visit ON visit.visitor_id = identity.visitor_id
    WHERE identity.lead_id = ${lead}.id
    ORDER BY visit.is_entrance DESC, visit.timestamp, visit.id
    LIMIT 1
  ),
  '${unknownChannel}'
)`
