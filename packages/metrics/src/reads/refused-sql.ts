import type { Tables } from '@altcontext/webhook-store'

/**
 * SQL of the requests that were refused since an instant: those with a row of their own, and the counts of those without,
 * of the whole minute in which the instant lies.
 *
 * @returns a query with `reason` and `refused`.
 */
export const refusedSql = (tables: Tables, property: string, since: string): string =>
  `SELECT reason, 1 AS refused FROM ${tables.ingestRejections}
   WHERE property_id = ${property} AND occurred_at >= ${since}
   UNION ALL
   SELECT reason, refused FROM ${tables.ingestRejectionCounts}
   WHERE property_id = ${property} AND minute >= date_trunc('minute', ${since})`
