import {
  behindAllIds,
  createIdSum,
  type IdRange,
  type IdSum,
  idBucketOf,
  toSumText,
} from '@altcontext/webhook-contract'
import type { OutboxCompleteness } from '../durable/outbox-completeness.ts'
import type { NewOutboxEvent } from '../outbox.ts'
import type { SqliteDatabase } from './database.ts'

/**
 * Delivered, and stored with the id of this outbox: the result was stored, or duplicate after an earlier attempt of ours. An event
 * that was a duplicate at once was sent by somebody else, or had been pruned here and was emitted again: its sum is kept already.
 * So `is_compared` of a waiting event says that it may have been sent.
 */
const isComparedSql = `state IN ('delivered', 'duplicate') AND is_compared = 1`
const inRange = 'id >= ? AND id < ?'

/** What a file can say about its delivered events. */
export const createSqliteCompleteness = (
  { db, write }: SqliteDatabase,
  nowMs: () => number,
): OutboxCompleteness => {
  const bounds = ({ from, to }: IdRange): [string, string] => [from, to ?? behindAllIds]
  const ids = (rows: unknown): string[] => (rows as { id: string }[]).map(({ id }) => id)

  return {
    producer: async () => readSqliteProducer({ db }),

    async deliveredIds(range, maxIds) {
      return ids(
        db
          .prepare(`SELECT id FROM events WHERE ${inRange} AND ${isComparedSql} ORDER BY id LIMIT ?`)
          .all(...bounds(range), maxIds),
      )
    },

    async otherIds(range) {
      return ids(
        db.prepare(`SELECT id FROM events WHERE ${inRange} AND NOT (${isComparedSql})`).all(...bounds(range)),
      )
    },

    async sealedBuckets() {
      const rows = db.prepare('SELECT bucket, events, total FROM sealed ORDER BY bucket').all()
      return (rows as { bucket: string; events: number; total: string }[]).map(
        ({ bucket, events, total }) => ({
          bucket,
          count: events,
          total: BigInt(`0x${total}`),
        }),
      )
    },

    async deliveredEvents(wanted) {
      const rows = db
        .prepare(
          `SELECT id, event_type, body FROM events WHERE ${isComparedSql} AND body IS NOT NULL
             AND id IN (SELECT value FROM json_each(?))`,
        )
        .all(JSON.stringify(wanted))
      return (rows as { id: string; event_type: string; body: string }[]).map(
        ({ id, event_type: eventType, body }): NewOutboxEvent => ({ id, eventType, body }),
      )
    },

    async stopComparing(wanted) {
      // The lock is only for writing: it would hold up whoever delivers.
      if (wanted.length === 0) return
      write('lazy', () =>
        db
          .prepare('UPDATE events SET is_compared = 0 WHERE id IN (SELECT value FROM json_each(?))')
          .run(JSON.stringify(wanted)),
      )
    },

    async acceptedEvents({ sinceMs, after, maxEvents }) {
      return db
        .prepare('SELECT id, body FROM events WHERE id > ? AND accepted_at >= ? ORDER BY id LIMIT ?')
        .all(after, sinceMs, maxEvents) as { id: string; body: string | null }[]
    },

    async takeTurn(intervalMs) {
      const atMs = nowMs()
      const isDue = (): boolean =>
        db
          .prepare('SELECT id FROM producer WHERE compared_at <= ? OR compared_at > ?')
          .get(atMs - intervalMs, atMs) !== undefined
      // The lock is only for writing: it would hold up whoever delivers.
      if (!isDue()) return false
      return write('lazy', () => {
        if (!isDue()) return false
        db.prepare('UPDATE producer SET compared_at = ?').run(atMs)
        return true
      })
    },

    async progress() {
      const row = db.prepare(`SELECT min(accepted_at) AS oldest FROM events WHERE state = 'pending'`).get()
      return { nowMs: nowMs(), oldestPendingMs: (row as { oldest: number | null }).oldest ?? undefined }
    },
  }
}

export const readSqliteProducer = ({ db }: Pick<SqliteDatabase, 'db'>): string =>
  (db.prepare('SELECT id FROM producer').get() as { id: string }).id

/** Deletes events and keeps the sums of those that were delivered. Inside a transaction of the caller. */
export const createSqlitePruning = ({ db }: Pick<SqliteDatabase, 'db'>) => {
  const read = db.prepare('SELECT events, total FROM sealed WHERE bucket = ?')
  const store = db.prepare(
    `INSERT INTO sealed VALUES (?, ?, ?)
     ON CONFLICT (bucket) DO UPDATE SET events = excluded.events, total = excluded.total`,
  )
  /** The rows of `selection`, the end of a SELECT from its FROM on. Returns how many there were. */
  return (selection: string, params: readonly (string | number)[]): number => {
    const sums = new Map<string, IdSum>()
    const doomed = db.prepare(`SELECT id ${selection} AND ${isComparedSql}`).iterate(...params)
    for (const { id } of doomed as Iterable<{ id: string }>) {
      const { from } = idBucketOf(id)
      const sum = sums.get(from) ?? createIdSum()
      sums.set(from, sum)
      sum.add(id)
    }
    // First, so that a full file has room for the sums.
    const { changes } = db.prepare(`DELETE ${selection}`).run(...params)
    for (const [bucket, { count, total }] of sums) {
      const known = read.get(bucket) as { events: number; total: string } | undefined
      store.run(bucket, count + (known?.events ?? 0), toSumText(total + BigInt(`0x${known?.total ?? '0'}`)))
    }
    return Number(changes)
  }
}
