import { Pool, type PoolConfig } from 'pg'
import { type HostDatabase, hostTables } from './host-tables.ts'

export interface DatabaseHandle extends HostDatabase {
  /** The schema that the connection string named (`?schema=`), as Prisma understands it. */
  schema: string | undefined
}

/** Connects to `url`. `?schema=<name>` is Prisma's parameter and unknown to `pg`; here every statement names the schema. */
export const createPool = (url: string): DatabaseHandle => {
  const connection = new URL(url)
  const schema = connection.searchParams.get('schema') ?? undefined
  connection.searchParams.delete('schema')
  const pool = quiet({
    connectionString: connection.href,
    max: 10,
    connectionTimeoutMillis: 5_000,
  })
  return { pool, schema, tables: hostTables(schema) }
}

/** Another pool to the same database. */
export const poolBeside = (pool: Pool, { max }: { max: number }): Pool => quiet({ ...pool.options, max })

// An idle connection that the database closes is replaced on the next query; without a listener the
// event would end the process.
const quiet = (options: PoolConfig): Pool => new Pool(options).on('error', () => {})
