import type { Pool } from 'pg'

/**
 * Every value of every column of every table, as text: for tests of what must not be stored anywhere.
 *
 * @throws when there are hardly any tables, because then a test would find nothing anywhere
 */
export const dumpDatabase = async (pool: Pool): Promise<string> => {
  const { rows: tables } = await pool.query<{ name: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
     WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
  )
  if (tables.length <= 10) {
    throw new Error(`Failed to dump the database: it has only ${tables.length} tables. Migrate it first.`)
  }
  const lines: string[] = []
  for (const { name } of tables) {
    const { rows } = await pool.query<{ line: string }>(`SELECT row_to_json(t)::text AS line FROM ${name} t`)
    for (const { line } of rows) lines.push(line)
  }
  return lines.join('\n')
}
