import type pg from 'pg'
import { inLanes } from './in-lanes.ts'
import { progress } from './progress.ts'

/** Fills a table whose indexes are built after the rows, in a fraction of the time. */
export const withoutIndexes = async (
  pool: pg.Pool,
  table: string,
  fill: () => Promise<unknown>,
): Promise<void> => {
  const { rows: constraints } = await pool.query<{ name: string; definition: string }>(
    `SELECT conname AS name, pg_get_constraintdef(oid) AS definition FROM pg_constraint
     WHERE conrelid = $1::regclass AND contype = 'p'`,
    [table],
  )
  const { rows: indexes } = await pool.query<{ name: string; definition: string }>(
    `SELECT indexname AS name, indexdef AS definition FROM pg_indexes
     WHERE tablename = $1 AND indexname <> ALL($2::text[])`,
    [table, constraints.map(({ name }) => name)],
  )
  for (const { name } of constraints) await pool.query(`ALTER TABLE ${table} DROP CONSTRAINT ${name}`)
  for (const { name } of indexes) await pool.query(`DROP INDEX ${name}`)
  await fill()
  await inLanes(indexes, ({ name, definition }) => {
    progress(`building ${name}`)
    return pool.query(definition)
  })
  for (const { name, definition } of constraints) {
    progress(`building ${name}`)
    await pool.query(`ALTER TABLE ${table} ADD CONSTRAINT ${name} ${definition}`)
  }
}
