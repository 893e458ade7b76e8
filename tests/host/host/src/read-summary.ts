import type { Pool } from 'pg'
import { withTenant } from './with-tenant.js'

/** Visitors and leads of a window of days. */
export const readSummary = async (
  pool: Pool,
  scope: { tenantId: string; schema: string; propertyId: string },
  { from, to }: { from: string; to: string },
): Promise<{ metrics: { uniqueVisitors: number; newLeads: number } }> =>
  withTenant(pool, scope, async (client) => {
    const { rows } = await client.query<{ uniqueVisitors: number; newLeads: number }>(
      `SELECT COALESCE(sum(unique_visitors), 0)::int AS "uniqueVisitors", COALESCE(sum(new_leads), 0)::int AS "newLeads"
       FROM daily_metric_rollups WHERE property_id = $1 AND day BETWEEN $2 AND $3`,
      [scope.propertyId, from, to],
    )
    return { metrics: rows[0] ?? { uniqueVisitors: 0, newLeads: 0 } }
  })
