import { createTables, type Database } from '@altcontext/webhook-store'
import { dayMs } from '../days.ts'
import { type Part, part, type ReadContext, type ReadOptions, readSnapshot } from './read-snapshot.ts'

/** Requests of the last 24 hours. */
export interface Requests {
  refused: number
  /** Those that were refused, and those that were not. */
  all: number
}

/**
 * The requests refused before it was known which customer of the host they were for, and all requests of the bridge. Where a function
 * names the customer, that is every refused request: a wrong key, a body that breaks the contract.
 */
export const refusedOfNobodyPart = (
  { param, nowMs }: ReadContext,
  {
    schema,
    descriptionServicePropertyId,
  }: { schema: string | undefined; descriptionServicePropertyId: string },
): Part<Requests> => {
  // Everybody's, not only those of the customer for whom the report is read.
  const tables = createTables(schema)
  const since = param(new Date(nowMs - dayMs).toISOString(), 'timestamp(3)')
  const property = param(descriptionServicePropertyId, 'text')
  return part(
    `SELECT json_build_object(
      'refused', COALESCE(sum(refused) FILTER (WHERE is_nobodys), 0),
      'all', COALESCE(sum(refused), 0)
        + (SELECT count(*) FROM ${tables.tenantEvents} WHERE received_at >= ${since})
        + (SELECT COALESCE(sum(duplicates), 0) FROM ${tables.tenantEventDuplicates} WHERE received_at >= ${since})
    ) FROM (
      SELECT tenant_id IS NULL AS is_nobodys, 1 AS refused FROM ${tables.ingestRejections}
      WHERE property_id = ${property} AND occurred_at >= ${since}
      UNION ALL
      SELECT owner_id = '', refused FROM ${tables.ingestRejectionCounts}
      WHERE property_id = ${property} AND minute >= date_trunc('minute', ${since})
    ) refusals`,
  )
}

/** {@link refusedOfNobodyPart} alone, for a host with customers. */
export const readRefusedOfNobody = async (
  database: Database,
  {
    descriptionServicePropertyId = 'description-service',
    schema,
    ...options
  }: ReadOptions & { descriptionServicePropertyId?: string | undefined },
): Promise<Requests> => {
  const { requests } = await readSnapshot(database, { ...options, schema }, (context) => ({
    requests: refusedOfNobodyPart(context, { schema, descriptionServicePropertyId }),
  }))
  return requests
}
