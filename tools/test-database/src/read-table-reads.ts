import type { Pool, PoolClient } from 'pg'

/** How much of a table was read so far. */
export interface TableReads {
  /** Rows read in scans of the whole table. */
  inPasses: number
  /** Entries read in all its indexes. */
  byIndex: number
  /** How often each index was used, by its name. */
  scans: Readonly<Record<string, number>>
}

/**
 * How much of a table was read, for tests of the cost of a statement. PostgreSQL counts at the end of a transaction and shows a
 * session its own counts at once, so use a pool that hands out one connection again and again, as it does while nothing else
 * uses it.
 */
export const readTableReads = async (pool: Pool | PoolClient, table: string): Promise<TableReads> => {
  await pool.query('SELECT pg_stat_force_next_flush()')
  const { rows } = await pool.query<TableReads>(
    `SELECT (SELECT seq_tup_read FROM pg_stat_user_tables WHERE relname = $1)::float8 AS "inPasses",
       sum(idx_tup_read)::float8 AS "byIndex", json_object_agg(indexrelname, idx_scan) AS scans
     FROM pg_stat_user_indexes WHERE relname = $1`,
    [table],
  )
  if (rows[0] === undefined) throw new Error(`Failed to read the statistics of ${table}.`)
  return rows[0]
}
