import { type Database, ownerOf } from '@altcontext/webhook-store'

/** How many notes, and how many saved views, are kept: for each customer where the host has customers. */
export const maxKept = 1000

/**
 * Writes one more where there is room.
 *
 * @param insert - returns no row where `maxKept` exist. No other process adds one meanwhile.
 */
export const keepWithin = <Row>(
  database: Database,
  table: string,
  insert: (tx: Database) => Promise<Row[]>,
): Promise<Row | undefined> =>
  database.transaction(async (tx) => {
    // Cast to text: Prisma cannot read a column of type void.
    await tx.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))::text AS locked', [
      `${table} ${ownerOf(database)}`,
    ])
    return (await insert(tx))[0]
  })

/** Deletes one, and returns whether there was one. */
export const removeKept = async (database: Database, table: string, id: string): Promise<boolean> => {
  const rows = await database.transaction((tx) =>
    tx.query(`DELETE FROM ${table} WHERE owner_id = $1 AND id = $2 RETURNING id`, [ownerOf(database), id]),
  )
  return rows.length > 0
}
