import pg from 'pg'

/** How much of the write-ahead log one relation took, in bytes for one event. */
export interface RelationWrites {
  relation: string
  sizeMb: number
  bytes: number
  images: number
}

export interface Writes {
  bytes: number
  images: number
  relations: readonly RelationWrites[]
}

/**
 * What is written to the write-ahead log while `receive` stores events after a checkpoint, relation by relation. The first change of a
 * page after a checkpoint is written as an image of the page.
 */
export const measureWrites = async (
  databaseUrl: string,
  events: number,
  receive: () => Promise<unknown>,
): Promise<Writes> => {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  await client.query('CREATE EXTENSION IF NOT EXISTS pg_walinspect')
  const position = async (): Promise<string> =>
    (await client.query('SELECT pg_current_wal_flush_lsn()::text AS lsn')).rows[0].lsn
  await client.query('CHECKPOINT')
  const from = await position()
  await receive()
  const to = await position()
  const { rows: all } = await client.query<{ bytes: number; images: number }>(
    `SELECT pg_wal_lsn_diff($2::pg_lsn, $1::pg_lsn)::float8 / $3::float8 AS bytes,
       count(*) FILTER (WHERE block_fpi_length > 0)::float8 / $3::float8 AS images
     FROM pg_get_wal_block_info($1::pg_lsn, $2::pg_lsn)`,
    [from, to, events],
  )
  const { rows } = await client.query<RelationWrites>(
    `SELECT relname AS relation, pg_relation_size(pg_class.oid) / 1048576.0::float8 AS "sizeMb",
       sum(block_data_length + block_fpi_length)::float8 / $3::float8 AS bytes,
       count(*) FILTER (WHERE block_fpi_length > 0)::float8 / $3::float8 AS images
     FROM pg_get_wal_block_info($1::pg_lsn, $2::pg_lsn) block
     JOIN pg_class ON pg_relation_filenode(pg_class.oid) = block.relfilenode
     WHERE reldatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
     GROUP BY pg_class.oid, relname ORDER BY bytes DESC LIMIT 16`,
    [from, to, events],
  )
  await client.end()
  return { bytes: all[0]?.bytes ?? 0, images: all[0]?.images ?? 0, relations: rows }
}
