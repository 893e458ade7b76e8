import { readBridge } from '@altcontext/webhook-metrics'
import { createTables, fromPg } from '@altcontext/webhook-store'
import type { DatabaseHandle } from './database/create-pool.ts'

/** One line about the bridge's events and tenants, and through when its numbers are complete. */
export const bridgeState = async ({ pool, schema }: DatabaseHandle): Promise<string> => {
  const tables = createTables(schema)
  const { rows } = await pool.query<{ events: number; tenants: number; linked: number }>(
    `SELECT (SELECT count(*)::int FROM ${tables.tenantEvents}) AS events,
       count(tenant_created_at)::int AS tenants, count(lead_id)::int AS linked
     FROM ${tables.tenantMilestones}`,
  )
  const { events = 0, tenants = 0, linked = 0 } = rows[0] ?? {}
  const { freshness } = await readBridge(fromPg(pool), { schema })
  const numbers =
    freshness.completeThrough === null
      ? 'numbers not computed yet'
      : `numbers complete through ${freshness.completeThrough}`
  return `Bridge              ${events} events stored, ${tenants} tenants (${linked} linked to a lead), ${numbers}`
}
