import { randomUUID } from 'node:crypto'
import { createTables } from './create-tables.ts'
import type { Database } from './database.ts'

/** One refused request, as the host counts them. */
export interface IngestRejection {
  propertyId: string
  endpoint: string
  /** The error's code, such as `unauthorized`. */
  reason: string
  statusCode: number
  occurredAtMs: number
}

/** Records a refused request in the host's `ingest_rejections`. */
export const recordIngestRejection = async (
  database: Database,
  { propertyId, endpoint, reason, statusCode, occurredAtMs }: IngestRejection,
  { schema }: { schema?: string | undefined } = {},
): Promise<void> => {
  await database.transaction((tx) =>
    tx.query(
      `INSERT INTO ${createTables(schema).ingestRejections} (id, property_id, endpoint, reason, status_code, occurred_at)
       VALUES ($1, $2, $3, $4, $5, $6::timestamp(3))`,
      [randomUUID(), propertyId, endpoint, reason, statusCode, new Date(occurredAtMs).toISOString()],
    ),
  )
}
