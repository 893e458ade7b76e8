import { createTables } from '../create-tables.ts'
import type { Database } from '../database/database.ts'
import { ownerOf } from '../database/lead-scope.ts'
import type { IngestRejection } from './record-ingest-rejection.ts'

/** Refused requests of one minute, reason and route that have no rows of their own. */
export interface IngestRejectionCount extends IngestRejection {
  /** How many. */
  refused: number
}

const minuteMs = 60_000

/** Adds to the counts of their minutes, under the customer that the database stands for. */
export const countIngestRejections = async (
  database: Database,
  counts: readonly IngestRejectionCount[],
  { schema }: { schema?: string | undefined } = {},
): Promise<void> => {
  const { ingestRejectionCounts } = createTables(schema)
  const rows = counts.map(({ propertyId, endpoint, reason, statusCode, occurredAtMs, refused }) => ({
    property_id: propertyId,
    minute: new Date(Math.floor(occurredAtMs / minuteMs) * minuteMs).toISOString(),
    endpoint,
    reason,
    status_code: statusCode,
    refused,
  }))
  // Always in the same order: two servers that count the same must not wait for each other.
  await database.transaction(
    (tx) =>
      tx.query(
        `INSERT INTO ${ingestRejectionCounts} AS known (property_id, minute, endpoint, reason, status_code, owner_id, refused)
       SELECT property_id, minute, endpoint, reason, status_code, $2::text, sum(refused)
       FROM json_to_recordset($1::json)
         AS row(property_id text, minute timestamp(3), endpoint text, reason text, status_code int, refused bigint)
       GROUP BY property_id, minute, endpoint, reason, status_code
       ORDER BY property_id, minute, endpoint, reason, status_code
       ON CONFLICT (property_id, minute, endpoint, reason, status_code, owner_id)
       DO UPDATE SET refused = known.refused + EXCLUDED.refused`,
        [JSON.stringify(rows), ownerOf(database)],
      ),
    { needsStandby: true },
  )
}
