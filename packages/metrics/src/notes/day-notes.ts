import { randomUUID } from 'node:crypto'
import { createTables, type Database, ownerOf } from '@altcontext/webhook-store'
import { daySql, isoSql } from '../reads/read-snapshot.ts'
import type { Window } from '../responses/metric.ts'
import { keepWithin, maxKept, removeKept } from './keep-within.ts'
import type { DayNote } from './notes-schemas.ts'

/** What people wrote about days: for one customer of the host, where it has customers. */
export const createDayNotes = (database: Database, schema: string | undefined) => {
  const table = createTables(schema).webhookDayNotes
  const ownerId = ownerOf(database)
  const columns = `id, ${daySql('day')} AS day, text, ${isoSql('noted_at')} AS "notedAt"`
  return {
    list: ({ from, to }: Window): Promise<DayNote[]> =>
      database.transaction((tx) =>
        tx.query<DayNote>(
          `SELECT ${columns} FROM ${table} noted WHERE owner_id = $1 AND noted.day BETWEEN $2::date AND $3::date
           ORDER BY noted.day, noted_at, id LIMIT ${maxKept}`,
          [ownerId, from, to],
        ),
      ),
    /** Undefined where {@link maxKept} exist. */
    add: ({ day, text }: Pick<DayNote, 'day' | 'text'>, nowMs: number): Promise<DayNote | undefined> =>
      keepWithin(database, table, (tx) =>
        tx.query<DayNote>(
          `INSERT INTO ${table} (id, owner_id, day, text, noted_at)
           SELECT $1::text, $2::text, $3::date, $4::text, $5::timestamp(3)
           WHERE (SELECT count(*) FROM ${table} WHERE owner_id = $2::text) < ${maxKept}
           RETURNING ${columns}`,
          [randomUUID(), ownerId, day, text, new Date(nowMs).toISOString()],
        ),
      ),
    remove: (id: string): Promise<boolean> => removeKept(database, table, id),
  }
}
