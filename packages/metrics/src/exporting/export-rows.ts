import { createTables, type Database, inLeadScope } from '@altcontext/webhook-store'
import { ofNobody } from '../reads/scope-tables.ts'
import { checkDayRange } from '../rollups/day-range.ts'
import { channelsTable } from './channels-table.ts'
import { eventsTable } from './events-table.ts'
import type { ExportRow, ExportSource, ExportTable, ExportType } from './export-table.ts'
import { rollupsTable } from './rollups-table.ts'
import { tenantsTable } from './tenants-table.ts'
import { writeCsv } from './write-csv.ts'
import { writeParquet } from './write-parquet.ts'

export const exportTables = {
  events: eventsTable,
  rollups: rollupsTable,
  tenants: tenantsTable,
  channels: channelsTable,
} satisfies Record<string, ExportTable>

export type ExportTableName = keyof typeof exportTables

export const exportFormats = ['csv', 'parquet'] as const

export type ExportFormat = (typeof exportFormats)[number]

export interface ExportOptions
  extends Partial<Pick<ExportSource, 'schema' | 'from' | 'to' | 'marketingPropertyId' | 'channelNames'>> {
  table: ExportTableName
  format: ExportFormat
  /** The clock. @default Date.now() */
  nowMs?: number | undefined
  /** Resolves when more may come. */
  write(chunk: string | Uint8Array): Promise<void>
  /** Called after every few thousand rows with how many there were so far. */
  onProgress?: ((rows: number) => void) | undefined
}

/**
 * Writes one table for a warehouse: all rows, never more than a few thousand of them in memory, without private fields. With a
 * database for one customer of the host, these are that customer's; otherwise they are everybody's, also those that belong to no
 * customer, and `ownerId` says whose each one is.
 *
 * @returns how many rows there were
 * @throws {MetricsError} `invalid_request`, when a day is not a valid date or the window is too long; `invalid_options`
 */
export const exportRows = async (database: Database, options: ExportOptions): Promise<number> => {
  const { table, format, write } = options
  checkDayRange(options)
  const columns: Record<string, ExportType> = { ...exportTables[table].columns, ownerId: 'text' }
  const counted = { rows: 0 }
  const batches = readBatches(database, options, counted)
  if (format === 'csv') await writeCsv(batches, Object.keys(columns), write)
  else await writeParquet(batches, columns, write)
  return counted.rows
}

async function* readBatches(
  database: Database,
  {
    table,
    nowMs = Date.now(),
    schema,
    from,
    to,
    marketingPropertyId,
    channelNames,
    onProgress,
  }: ExportOptions,
  counted: { rows: number },
): AsyncGenerator<ExportRow[], void> {
  const tables = createTables(schema)
  for (const one of await databasesOfOwners(database, schema)) {
    const ownerId = one.leadScope?.tenantId ?? ''
    const source = {
      database: one,
      ownerId,
      tables,
      schema,
      nowMs,
      from,
      to,
      marketingPropertyId,
      channelNames,
    }
    for await (const rows of exportTables[table].read(source)) {
      yield rows.map((row) => ({ ...row, ownerId: ownerId || null }))
      counted.rows += rows.length
      onProgress?.(counted.rows)
    }
  }
}

/** The database for each customer of the host that has tenants, and for rows of no customer; the same database where there are no customers. */
const databasesOfOwners = async (database: Database, schema: string | undefined): Promise<Database[]> => {
  if (database.leadScope !== undefined) return [database]
  const owners = await database.query<{ tenantId: string }>(
    `SELECT DISTINCT owner_id AS "tenantId" FROM ${createTables(schema).tenantMilestones} ORDER BY 1`,
  )
  if (owners.every(({ tenantId }) => tenantId === '')) return [database]
  return owners.map((owner) => (owner.tenantId === '' ? ofNobody(database) : inLeadScope(database, owner)))
}
