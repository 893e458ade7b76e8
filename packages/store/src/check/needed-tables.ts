import { readFileSync } from 'node:fs'
import type { AnyContract } from '@altcontext/webhook-contract'
import { createTables, type Tables } from '../create-tables.ts'
import { readModels } from '../installer/prisma-model.ts'
import { modelsFile } from '../prisma-files.ts'
import { declaredEventTypes } from '../writing/declared-event-types.ts'

/** What is required of one table. */
export interface NeededTable {
  /** Its name in the database, without quotes. */
  name: string
  /** Its quoted name, for SQL text. */
  quoted: string
  isHost: boolean
  columns: readonly string[]
  rights: readonly string[]
}

type HostTable =
  | 'leads'
  | 'leadIdentities'
  | 'events'
  | 'sessions'
  | 'dailyMetricRollups'
  | 'ingestRejections'

const hostTables: Record<HostTable, { columns: readonly string[]; rights: readonly string[] }> = {
  // UPDATE, because a lead that is being linked is locked against deletion.
  leads: {
    columns: ['id', 'email_normalized', 'source_channel', 'first_captured_at'],
    rights: ['SELECT', 'UPDATE'],
  },
  leadIdentities: { columns: ['lead_id', 'visitor_id'], rights: ['SELECT'] },
  events: {
    columns: ['id', 'visitor_id', 'session_id', 'timestamp', 'traffic_source', 'is_entrance'],
    rights: ['SELECT'],
  },
  sessions: {
    columns: [
      'id',
      'visitor_id',
      'started_at',
      'landing_path',
      'referrer',
      'utm_source',
      'utm_medium',
      'utm_campaign',
      'utm_term',
      'utm_content',
    ],
    rights: ['SELECT'],
  },
  dailyMetricRollups: {
    columns: ['property_id', 'day', 'unique_visitors', 'new_leads', 'traffic_source_breakdown'],
    rights: ['SELECT'],
  },
  ingestRejections: {
    columns: ['id', 'property_id', 'endpoint', 'reason', 'status_code', 'occurred_at'],
    rights: ['SELECT', 'INSERT'],
  },
}

/** The host's tables that the bridge reads, and its own, with the columns that the models of this version have. */
export const neededTables = (schema: string | undefined, contract?: AnyContract): NeededTable[] => {
  const tables = createTables(schema)
  const unqualified = createTables()
  const models = readModels(readFileSync(modelsFile, 'utf8'))
  const keys = contract === undefined ? (Object.keys(tables) as (keyof Tables)[]) : tablesWrittenFor(contract)
  return keys.map((key) => {
    const name = unqualified[key].replaceAll('"', '')
    const host = hostTables[key as HostTable] as (typeof hostTables)[HostTable] | undefined
    if (host !== undefined) return { name, quoted: tables[key], isHost: true, ...host }
    const fields = models.find(({ table }) => table === name)?.fields ?? []
    const columns = fields
      .filter(({ attributes }) => !/@relation\b/.test(attributes))
      .map((field) => /@map\("([^"]+)"\)/.exec(field.attributes)?.[1] ?? field.name)
    return {
      name,
      quoted: tables[key],
      isHost: false,
      columns,
      rights: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
    }
  })
}

const tablesWrittenFor = (contract: AnyContract): (keyof Tables)[] => {
  const { namesLead, milestones, changesDay } = declaredEventTypes(contract)
  const reachesMilestones = [...namesLead, ...Object.values(milestones).flat()].length > 0
  return [
    'tenantEvents',
    'tenantEventDuplicates',
    ...(reachesMilestones ? (['tenantMilestones', 'serviceUsageRuns'] as const) : []),
    ...(changesDay.length > 0 ? (['serviceUsageDirty'] as const) : []),
    ...(namesLead.length > 0 ? (['leads', 'leadIdentities', 'events'] as const) : []),
  ]
}
