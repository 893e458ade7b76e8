import { createTables, type Database, inLeadScope } from '@altcontext/webhook-store'
import type { JobOptions } from '../rollups/rollup-lock.ts'
import { copyTouches } from './copy-touches.ts'
import { countVisitors } from './count-visitors.ts'
import type { ChannelNames } from './normalise-channel.ts'

export interface CopyVisitsOptions extends JobOptions {
  channelNames?: ChannelNames | undefined
  /** The host's property whose visitors are counted; without it none are. */
  marketingPropertyId?: string | undefined
  /** For every customer of the host that has tenants, or for the one that the database stands for. */
  hasCustomers: boolean
  /** Called before each part; false ends the job. */
  shouldGoOn?: (() => boolean) | undefined
  /** Called with what fails. The other customers still get their turn, even when the host has deleted one of them. */
  onError(error: unknown): void
}

/** Copies where leads came from, and counts visitors by channel, before the host purges its visits. */
export const copyVisits = async (
  database: Database,
  { hasCustomers, marketingPropertyId, shouldGoOn = () => true, onError, ...options }: CopyVisitsOptions,
): Promise<void> => {
  try {
    for (const one of await databasesOf(database, { hasCustomers, schema: options.schema })) {
      try {
        if (shouldGoOn()) await copyTouches(one, options)
        if (shouldGoOn() && marketingPropertyId !== undefined) {
          await countVisitors(one, { ...options, marketingPropertyId })
        }
      } catch (error) {
        onError(error)
      }
    }
  } catch (error) {
    onError(error)
  }
}

/** The database, or the same one for each customer of the host that has tenants. */
export const databasesOf = async (
  database: Database,
  { hasCustomers, schema }: { hasCustomers: boolean; schema: string | undefined },
): Promise<Database[]> => {
  if (!hasCustomers) return [database]
  const rows = await database.query<{ tenantId: string }>(
    `SELECT DISTINCT owner_id AS "tenantId" FROM ${createTables(schema).tenantMilestones} WHERE owner_id <> ''`,
  )
  return rows.map((customer) => inLeadScope(database, customer))
}

/** What the role of the connection sees of the host's leads. */
export interface SeenLeads {
  /** They belong to customers of the host. */
  hasCustomers: boolean
  /** Row-level security is active: without the host's context none is seen. */
  isHidden: boolean
}

export const lookAtLeads = async (database: Database, schema: string | undefined): Promise<SeenLeads> => {
  const [seen] = await database.query<SeenLeads>(
    `SELECT EXISTS (
       SELECT FROM pg_attribute WHERE attrelid = leads.oid AND attname = 'tenant_id' AND NOT attisdropped
     ) AS "hasCustomers", row_security_active(leads.oid) AS "isHidden"
     FROM pg_class leads WHERE leads.oid = to_regclass($1)`,
    [createTables(schema).leads],
  )
  return seen ?? { hasCustomers: false, isHidden: false }
}
