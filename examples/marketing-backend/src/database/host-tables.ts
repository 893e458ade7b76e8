import { escapeIdentifier, type Pool } from 'pg'

/** The tables of this server as quoted names for SQL text. */
export interface HostTables {
  readonly leads: string
  readonly leadIdentities: string
  readonly visitors: string
  readonly sessions: string
  readonly events: string
  readonly dailyMetricRollups: string
  readonly ingestRejections: string
  /** The bridge's table of refusals without their own row. */
  readonly ingestRejectionCounts: string
}

/** A pool, and the names of its tables. */
export interface HostDatabase {
  pool: Pool
  tables: HostTables
}

/**
 * Every statement names the schema: behind a proxy that pools transactions, no setting of a connection
 * holds for the next statement, and its stock configuration refuses settings at the start.
 */
export const hostTables = (schema: string | undefined): HostTables => {
  const named = (table: string) => (schema === undefined ? table : `${escapeIdentifier(schema)}.${table}`)
  return {
    leads: named('leads'),
    leadIdentities: named('lead_identities'),
    visitors: named('visitors'),
    sessions: named('sessions'),
    events: named('events'),
    dailyMetricRollups: named('daily_metric_rollups'),
    ingestRejections: named('ingest_rejections'),
    ingestRejectionCounts: named('ingest_rejection_counts'),
  }
}
