import { createTables } from '@altcontext/webhook-store'
import type { DatabaseHandle } from './database/create-pool.ts'

/** One line about what the bridge holds. */
export const bridgeState = async ({ pool, schema }: DatabaseHandle): Promise<string> => {
  const tables = createTables(schema)
  const { rows } = await pool.query<Record<'events' | 'tenants' | 'linked' | 'backlog', string>>(
    `SELECT (SELECT count(*) FROM ${tables.tenantEvents}) AS events,
       (SELECT count(*) FROM ${tables.tenantMilestones} WHERE tenant_created_at IS NOT NULL) AS tenants,
       (SELECT count(*) FROM ${tables.tenantMilestones} WHERE lead_id IS NOT NULL) AS linked,
       (SELECT count(*) FROM ${tables.serviceUsageDirty}) AS backlog`,
  )
  const { events, tenants, linked, backlog } = rows[0] ?? {
    events: '0',
    tenants: '0',
    linked: '0',
    backlog: '0',
  }
  const rollups = backlog === '0' ? 'rollups complete' : `${backlog} changes waiting for the rollup`
  return `Bridge              ${events} events stored, ${tenants} tenants (${linked} linked to a lead), ${rollups}`
}
