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
  /** The bridge's: refusals without a row of their own. */
  readonly ingestRejectionCounts: string
}

/** A pool, and where its tables are. */
export interface HostDatabase {
  pool: Pool
  tables: HostTables
}

/**
 * The schema stands in every statement: behind a proxy that pools transactions nothing that a connection was told before
 * holds for the next one, and its stock configuration refuses to be told at the start.
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
