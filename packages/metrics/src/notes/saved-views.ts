import { randomUUID } from 'node:crypto'
import { createTables, type Database, ownerOf } from '@altcontext/webhook-store'
import { isoSql } from '../reads/read-snapshot.ts'
import { keepWithin, maxKept, removeKept } from './keep-within.ts'
import type { SavedView } from './notes-schemas.ts'

/** Saved views: for one customer of the host, where it has customers. */
export const createSavedViews = (database: Database, schema: string | undefined) => {
  const table = createTables(schema).webhookSavedViews
  const ownerId = ownerOf(database)
  const columns = `id, name, view, ${isoSql('saved_at')} AS "savedAt"`
  return {
    list: (): Promise<SavedView[]> =>
      database.transaction((tx) =>
        tx.query<SavedView>(
          `SELECT ${columns} FROM ${table} WHERE owner_id = $1 ORDER BY name LIMIT ${maxKept}`,
          [ownerId],
        ),
      ),
    /** A view with the same name is replaced. Undefined where {@link maxKept} with other names exist. */
    save: ({ name, view }: Pick<SavedView, 'name' | 'view'>, nowMs: number): Promise<SavedView | undefined> =>
      keepWithin(database, table, (tx) =>
        tx.query<SavedView>(
          `INSERT INTO ${table} (id, owner_id, name, view, saved_at)
           SELECT $1::text, $2::text, $3::text, $4::text, $5::timestamp(3)
           WHERE (SELECT count(*) FROM ${table} WHERE owner_id = $2::text AND name <> $3::text) < ${maxKept}
           ON CONFLICT (owner_id, name) DO UPDATE SET view = EXCLUDED.view, saved_at = EXCLUDED.saved_at
           RETURNING ${columns}`,
          [randomUUID(), ownerId, name, view, new Date(nowMs).toISOString()],
        ),
      ),
    remove: (id: string): Promise<boolean> => removeKept(database, table, id),
  }
}
