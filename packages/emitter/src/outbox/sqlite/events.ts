import type { AnyContract } from '@altcontext/webhook-contract'
import { erasePrivateFields } from '../durable/erase-private-fields.ts'
import { type EventRow, type KnownRow, toOutboxEvent } from '../durable/event-row.ts'
import { keptBodySql } from '../durable/kept-body.ts'
import type { LedgerCounter } from '../durable/outbox-ledger.ts'
import { maxHistoryEntries, type OutboxRecordState } from '../durable/outbox-records.ts'
import type { OutboxClaim } from '../durable/outbox-storage.ts'
import type { NewOutboxEvent, OutboxEvent, Settlement } from '../outbox.ts'
import { createSqlitePruning } from './completeness.ts'
import type { SqliteDatabase } from './database.ts'

/** The statements on the events of a file. Each runs inside a transaction of the caller. */
export const createSqliteEvents = (
  { db, write }: SqliteDatabase,
  now: () => number,
  contract: AnyContract,
) => {
  const keptBody = keptBodySql(contract, 'events', (body, fields) => {
    const paths = fields.map((field) => `'$.payload."${field.replaceAll("'", "''")}"'`)
    return `iif(json_valid(${body}), json_remove(${body}, ${paths.join(', ')}), NULL)`
  })
  const prune = createSqlitePruning({ db })
  const insert = db.prepare(
    `INSERT INTO events (id, event_type, body, traceparent, accepted_at, changed_at) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO NOTHING`,
  )
  const tryInsert = db.prepare(
    `INSERT INTO events (id, event_type, body, accepted_at, changed_at) VALUES ('', '', hex(zeroblob(4096)), ?, ?)`,
  )
  const deleteTried = db.prepare("DELETE FROM events WHERE id = ''")
  const selectKnown = db.prepare('SELECT state, reason, accepted_at FROM events WHERE id = ?')
  const revive = db.prepare(
    `UPDATE events SET state = 'pending', body = ?, reason = NULL, attempts = 0, due_at = 0, is_claimed = 0, changed_at = ?,
       is_erased = 0, history = ${withHistory} WHERE id = ?`,
  )
  // The process that had claimed it may have sent it. An event that waited has not been claimed since.
  const release = db.prepare(
    `UPDATE events SET due_at = 0, is_compared = max(is_compared, is_claimed), is_claimed = 0 WHERE state = 'pending' AND due_at > 0 AND due_at <= ?`,
  )
  const claim = db.prepare(
    `UPDATE events SET due_at = ?, is_claimed = 1
     WHERE seq IN (SELECT seq FROM events WHERE state = 'pending' AND due_at = 0 AND accepted_at >= ? ORDER BY seq LIMIT ?)
     RETURNING seq, id, event_type, body, traceparent, attempts`,
  )
  const renew = db.prepare(
    `UPDATE events SET due_at = ? WHERE id = ? AND state = 'pending' AND is_claimed = 1`,
  )
  const minDue = db.prepare(`SELECT min(due_at) AS due_at FROM events WHERE state = 'pending' AND due_at > 0`)
  const createSettleDelivered = (body: string) =>
    db.prepare(
      `UPDATE events SET state = ?, body = ${body}, attempts = ?, is_compared = max(is_compared, ?), is_claimed = 0, due_at = 0, changed_at = ?,
       history = ${withHistory} WHERE id = ? AND state = 'pending'`,
    )
  const settleDelivered = createSettleDelivered(keptBody)
  const settleAndErase = createSettleDelivered('NULL')
  const eraseKept = db.prepare(
    `UPDATE events SET body = NULL WHERE state IN ('delivered', 'duplicate') AND body IS NOT NULL`,
  )
  const settleDead = db.prepare(
    `UPDATE events SET state = 'dead', reason = ?, attempts = ?, is_claimed = 0, due_at = 0, changed_at = ?,
       history = ${withHistory} WHERE id = ? AND state = 'pending'`,
  )
  const settleRetry = db.prepare(
    `UPDATE events SET attempts = ?, is_claimed = 0, due_at = ?, changed_at = ?, history = ${withHistory}
     WHERE id = ? AND state = 'pending'`,
  )
  const selectOldest = db.prepare(
    `SELECT id, event_type, body, traceparent FROM events WHERE state = 'pending' AND due_at = 0 ORDER BY seq LIMIT 1`,
  )
  const selectExpired = db.prepare(
    `SELECT id, event_type, body, traceparent FROM events
     WHERE state = 'pending' AND is_claimed = 0 AND accepted_at < ? ORDER BY seq LIMIT 10000`,
  )
  const drop = db.prepare(
    `UPDATE events SET state = 'dropped', reason = ?, body = NULL, changed_at = ?, history = ${withHistory} WHERE id = ?`,
  )
  const selectUnerased = db.prepare(
    `SELECT id, body FROM events WHERE state = 'dead' AND is_erased = 0 AND changed_at < ? LIMIT 10000`,
  )
  const erase = db.prepare('UPDATE events SET body = ?, is_erased = 1 WHERE id = ?')
  const prunable = `FROM events WHERE seq IN (
    SELECT seq FROM events WHERE state <> 'pending' AND changed_at < iif(state = 'dead', ?, ?) AND changed_at < ? LIMIT 50000)`

  const entry = (what: string, attempts: number, detail?: string): string =>
    JSON.stringify({ at: new Date(now()).toISOString(), what, attempts, ...(detail ? { detail } : {}) })
  const dropRow = (row: EventRow, reason: string): NewOutboxEvent => {
    drop.run(reason, now(), entry('dropped', 0, reason), row.id)
    return toOutboxEvent(row)
  }

  // The lock proves that no other process delivers: whatever was claimed belonged to one that is gone. And waits were set
  // by a clock that may have been set back since.
  write('lazy', () => {
    db.exec(
      `UPDATE events SET due_at = 0, is_claimed = 0, is_compared = 1 WHERE state = 'pending' AND is_claimed = 1`,
    )
    db.prepare(
      `UPDATE events SET due_at = due_at - changed_at + ? WHERE state = 'pending' AND due_at > 0 AND changed_at > ?`,
    ).run(now(), now())
  })

  return {
    isKnown: (id: string): boolean => selectKnown.get(id) !== undefined,

    insert({ id, eventType, body, traceparent }: NewOutboxEvent, oldestMs: number): Insertion {
      const nowMs = now()
      if (insert.run(id, eventType, body, traceparent ?? null, nowMs, nowMs).changes === 1) {
        return { outcome: 'inserted' }
      }
      const known = selectKnown.get(id) as unknown as Omit<KnownRow, 'id'> & { accepted_at: number }
      if (known.state !== 'dead' && known.state !== 'dropped') return { outcome: 'known', state: known.state }
      if (known.accepted_at < oldestMs) return { outcome: 'expired' }
      // Somebody emits a dead event again: that is a replay.
      revive.run(body, nowMs, entry('replayed', 0), id)
      return { outcome: 'revived', from: known.state === 'dead' ? 'dead' : `dropped:${known.reason}` }
    },

    claim({ maxEvents, leaseMs, oldestMs }: OutboxClaim): OutboxEvent[] {
      const nowMs = now()
      release.run(nowMs)
      const rows = claim.all(nowMs + leaseMs, oldestMs, maxEvents) as unknown as (EventRow & {
        seq: number
        attempts: number
      })[]
      return rows
        .sort((a, b) => a.seq - b.seq)
        .map((row) => ({ ...toOutboxEvent(row), attempts: row.attempts }))
    },

    renew(ids: readonly string[], leaseMs: number): void {
      release.run(now())
      for (const id of ids) renew.run(now() + leaseMs, id)
    },

    /** Whether a wait or a lease has ended. */
    hasDue: (): boolean => ((minDue.get() as { due_at: number | null }).due_at ?? Infinity) <= now(),

    /** Whether the event was pending until now. */
    settle(settlement: Settlement, { keepsBody }: { keepsBody: boolean }): boolean {
      const { id, status, attempts } = settlement
      const nowMs = now()
      if (status === 'retry') {
        const { delayMs, detail } = settlement
        const dueMs = delayMs > 0 ? nowMs + delayMs : 0
        return settleRetry.run(attempts, dueMs, nowMs, entry('retry', attempts, detail), id).changes === 1
      }
      if (status === 'dead') {
        const { reason, detail } = settlement
        return settleDead.run(reason, attempts, nowMs, entry('dead', attempts, detail), id).changes === 1
      }
      const state = status === 'stored' ? 'delivered' : 'duplicate'
      const statement = keepsBody ? settleDelivered : settleAndErase
      const isOurs = status === 'stored' || attempts > 1 ? 1 : 0
      return statement.run(state, attempts, isOurs, nowMs, entry(state, attempts), id).changes === 1
    },

    /** Gives up what is kept of delivered events. Returns whether there was anything. */
    eraseKeptBodies: (): boolean => eraseKept.run().changes > 0,

    /** Throws when the file could not grow by an event. What is inserted is gone before the transaction ends. */
    tryInsert(): void {
      tryInsert.run(now(), now())
      deleteTried.run()
    },

    dropOldest(): NewOutboxEvent | undefined {
      const row = selectOldest.get() as EventRow | undefined
      return row && dropRow(row, 'queue_full')
    },

    /** Some of the events that have waited too long; empty when there are no more. */
    dropExpired: (beforeMs: number): NewOutboxEvent[] =>
      (selectExpired.all(beforeMs) as unknown as EventRow[]).map((row) => dropRow(row, 'expired')),

    erasePrivateFieldsOfDead(timeMs: number, contract: AnyContract): void {
      for (const { id, body } of selectUnerased.all(timeMs) as { id: string; body: string }[]) {
        erase.run(erasePrivateFields(contract, body), id)
      }
    },

    prune(settledBeforeMs: number, deadBeforeMs: number): number {
      const latestMs = Math.max(settledBeforeMs, deadBeforeMs)
      return prune(prunable, [deadBeforeMs, settledBeforeMs, latestMs])
    },
  }
}

/** Appends one entry; the oldest is removed when there are too many. */
export const withHistory = `json_insert(
  iif(json_array_length(history) < ${maxHistoryEntries}, history, json_remove(history, '$[0]')), '$[#]', json(?))`

/** What became of an event that was handed in. `from` is the counter under which it was booked until now. */
type Insertion =
  | { outcome: 'inserted' }
  | { outcome: 'revived'; from: LedgerCounter }
  | { outcome: 'expired' }
  | { outcome: 'known'; state: OutboxRecordState }
