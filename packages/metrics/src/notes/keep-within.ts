import { type Database, ownerOf } from '@altcontext/webhook-store'

/** So many notes, and so many saved views, are kept: of each customer of the host where it has any. */
export const mostKept = 1000

/**
 * Writes one more where there is room.
 *
 * @param insert - answers nothing where `mostKept` are there, which no other process changes meanwhile.
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
