import { randomUUID } from 'node:crypto'
import { createTables } from '../create-tables.ts'
import type { Database } from '../database/database.ts'

/** One refused request, as the host counts them. */
export interface IngestRejection {
  propertyId: string
  endpoint: string
  /** The error's code, such as `unauthorized`. */
  reason: string
  statusCode: number
  occurredAtMs: number
}

/** Records a refused request in the host's `ingest_rejections`, under the customer that the database stands for. */
export const recordIngestRejection = async (
  database: Database,
  { propertyId, endpoint, reason, statusCode, occurredAtMs }: IngestRejection,
  { schema }: { schema?: string | undefined } = {},
): Promise<void> => {
  const { leadScope } = database
  const columns = ['id', 'property_id', 'endpoint', 'reason', 'status_code', 'occurred_at']
  const values = [
    randomUUID(),
    propertyId,
    endpoint,
    reason,
    statusCode,
    new Date(occurredAtMs).toISOString(),
  ]
  const places = ['$1', '$2', '$3', '$4', '$5', '$6::timestamp(3)']
  if (leadScope !== undefined) {
    columns.push('tenant_id')
    values.push(leadScope.tenantId)
    places.push('$7::uuid')
  }
  await database.transaction(
    (tx) =>
      tx.query(
        `INSERT INTO ${createTables(schema).ingestRejections} (${columns.join(', ')}) VALUES (${places.join(', ')})`,
        values,
      ),
    { needsStandby: true },
  )
}
