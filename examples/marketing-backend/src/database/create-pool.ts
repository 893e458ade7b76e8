import { escapeIdentifier, Pool } from 'pg'

export interface DatabaseHandle {
  pool: Pool
  /** The schema that the connection string named (`?schema=`), as Prisma understands it. */
  schema: string | undefined
}

/**
 * Connects to `url`. `?schema=<name>` is Prisma's word and unknown to `pg`; here it becomes the search path.
 */
export const createPool = (url: string): DatabaseHandle => {
  const connection = new URL(url)
  const schema = connection.searchParams.get('schema') ?? undefined
  connection.searchParams.delete('schema')
  const pool = new Pool({
    connectionString: connection.href,
    max: 10,
    connectionTimeoutMillis: 5_000,
    ...(schema === undefined ? {} : { options: `-c search_path=${escapeOption(escapeIdentifier(schema))}` }),
  })
  // An idle connection that the database closes is replaced on the next query; without a listener the
  // event would end the process.
  pool.on('error', () => {})
  return { pool, schema }
}

/** Options of a connection are separated by spaces. */
const escapeOption = (value: string) => value.replaceAll(/[\\ ]/g, '\\$&')
