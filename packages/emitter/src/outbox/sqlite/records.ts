import { existsSync } from 'node:fs'
import { contractLimits } from '@altcontext/webhook-contract'
import { outboxFailed } from '../../emitter-error.ts'
import { maxUnwatchedMs } from '../durable/outbox-clock.ts'
import { type OutboxRecord, type OutboxRecords, prunedStates } from '../durable/outbox-records.ts'
import { type RecordRow, toOutboxRecord } from '../durable/record-row.ts'
import { createSteadyClock } from '../durable/steady-clock.ts'
import { readTime } from './clock.ts'
import { createSqliteCompleteness, createSqlitePruning } from './completeness.ts'
import { openSqliteDatabase } from './database.ts'
import { withHistory } from './events.ts'
import { createSqliteLedger } from './ledger.ts'
import { sqliteFailure } from './sqlite-failure.ts'

/**
 * Reads and maintains a SQLite outbox, beside the process that delivers from it.
 *
 * @throws {EmitterError} `outbox_failed` when there is no such file, or it is not an outbox
 */
export const openSqliteOutboxRecords = ({ path }: { path: string }): OutboxRecords => {
  if (!existsSync(path)) {
    throw outboxFailed(
      `Failed to open the SQLite outbox: there is no file ${path}. Check the path; a relay makes the file when it starts.`,
    )
  }
  const database = openSqliteDatabase(path)
  const { db, write } = database
  const ledger = createSqliteLedger(database)
  const columns = `id, event_type, state, reason, attempts, accepted_at, changed_at, due_at, traceparent, history`

  const records: OutboxRecords = {
    completeness: createSqliteCompleteness(database, createSteadyClock(readTime(database)?.timeMs).nowMs),

    async counts() {
      return ledger.read()
    },

    async list({ state, eventType, reason, tenantId, limit = 50, changedAfterMs } = {}) {
      const bound = [state, changedAfterMs, eventType, reason, tenantId].flatMap((value) => [
        value ?? null,
        value ?? null,
      ])
      const rows = db
        .prepare(
          `SELECT ${columns} FROM events WHERE (? IS NULL OR state = ?) AND (? IS NULL OR changed_at > ?)
             AND (? IS NULL OR event_type = ?) AND (? IS NULL OR reason = ?)
             AND (? IS NULL OR state NOT IN ('delivered', 'duplicate') AND json_extract(body, '$.tenantId') = ?)
           ORDER BY ${changedAfterMs === undefined ? 'seq DESC' : 'changed_at, seq'} LIMIT ?`,
        )
        .all(...bound, limit)
      return rows.map(toRecord)
    },

    async find(id) {
      const row = db.prepare(`SELECT ${columns} FROM events WHERE id = ?`).get(id.toLowerCase())
      return row && toRecord(row)
    },

    async replay(which) {
      return write('durable', () => {
        const nowMs = Date.now()
        const [selection, bound] =
          'id' in which
            ? [`id = ? AND (state = 'dead' OR state = 'pending' AND is_claimed = 0)`, which.id.toLowerCase()]
            : [`state = 'dead' AND changed_at >= ?`, which.deadSinceMs]
        // A clock that was set back makes nothing younger.
        const oldestMs = Math.max(nowMs, readTime(database)?.timeMs ?? 0) - contractLimits.retryHorizonMs
        const count = (condition: string): number =>
          Number(
            db
              .prepare(`SELECT count(*) AS events FROM events WHERE ${selection} AND ${condition}`)
              .get(bound, oldestMs)?.events,
          )
        const tooOld = count('accepted_at < ?')
        const maxEvents = 'id' in which ? 1 : (which.maxEvents ?? -1)
        const revived = Math.min(
          count(`accepted_at >= ? AND state = 'dead'`),
          maxEvents < 0 ? Number.POSITIVE_INFINITY : maxEvents,
        )
        const entry = { at: new Date(nowMs).toISOString(), what: 'replayed', attempts: 0 }
        const { changes } = db
          .prepare(
            `UPDATE events SET state = 'pending', reason = NULL, attempts = iif(state = 'dead', 0, attempts), due_at = 0,
               changed_at = ?, history = ${withHistory}
             WHERE id IN (SELECT id FROM events WHERE ${selection} AND accepted_at >= ? LIMIT ?)`,
          )
          .run(nowMs, JSON.stringify(entry), bound, oldestMs, maxEvents)
        ledger.store({ dead: -revived })
        return { replayed: Number(changes), tooOld }
      })
    },

    async prune({ olderThanMs, states = prunedStates, isDryRun = false }) {
      const aheadMs = Date.now() - (readTime(database)?.timeMs ?? Date.now())
      const clockAheadMs = aheadMs > maxUnwatchedMs ? aheadMs : undefined
      const bounds = [JSON.stringify(states), Date.now() - (clockAheadMs ?? 0) - olderThanMs] as const
      const selection = `FROM events WHERE state <> 'pending' AND state IN (SELECT value FROM json_each(?)) AND changed_at <= ?`
      const deleted = isDryRun
        ? db.prepare(`SELECT count(*) AS events ${selection}`).get(...bounds)?.events
        : write('durable', () => createSqlitePruning({ db })(selection, bounds))
      return { deleted: Number(deleted), clockAheadMs }
    },

    async close() {
      db.close()
    },
  }
  return withClearErrors(records, path)
}

const withClearErrors = ({ completeness, ...methods }: OutboxRecords, path: string): OutboxRecords => ({
  completeness,
  ...(Object.fromEntries(
    Object.entries(methods).map(([name, method]) => [
      name,
      async (...args: never[]) => {
        try {
          return await (method as (...args: never[]) => Promise<unknown>)(...args)
        } catch (error) {
          throw sqliteFailure('use the SQLite outbox', path, error)
        }
      },
    ]),
  ) as unknown as Omit<OutboxRecords, 'completeness'>),
})

const toRecord = (row: unknown): OutboxRecord => {
  const { history, ...columns } = row as RecordRow & { history: string }
  return toOutboxRecord(columns, { history: JSON.parse(history), isWaiting: Number(columns.due_at) > 0 })
}
