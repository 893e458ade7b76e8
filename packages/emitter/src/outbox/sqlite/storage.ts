import type { ResolvedDurableOutboxOptions } from '../durable/durable-outbox-options.ts'
import { addToLedger, type LedgerChange } from '../durable/outbox-ledger.ts'
import type { Insertion, InsertLimits, OutboxStorage } from '../durable/outbox-storage.ts'
import type { Acceptance, NewOutboxEvent, OutboxCounts } from '../outbox.ts'
import { createSqliteClock } from './clock.ts'
import { createSqliteCompleteness } from './completeness.ts'
import { openSqliteDatabase, type SqliteDatabase } from './database.ts'
import { createSqliteEvents } from './events.ts'
import { createSqliteLedger } from './ledger.ts'
import { lockSqliteOutbox } from './lock.ts'
import { checkRoom, isFull, sqliteFailure } from './sqlite-failure.ts'
import { watchFiles } from './watch-files.ts'

export interface SqliteStorageOptions
  extends Pick<
    ResolvedDurableOutboxOptions,
    'contract' | 'logRetentionMs' | 'deadRetentionMs' | 'deadPrivateFieldsMs'
  > {
  path: string
  overflow: 'drop-newest' | 'drop-oldest'
  maxFileBytes?: number | undefined
}

/**
 * Events in one SQLite file, for the one process that has its lock.
 *
 * @throws {EmitterError} `outbox_in_use`, `outbox_failed`
 */
export const openSqliteStorage = (
  options: SqliteStorageOptions,
): { storage: OutboxStorage; counts: OutboxCounts } => {
  const { database, lock } = open(options)
  const clock = createSqliteClock(database)
  const ledger = createSqliteLedger(database)
  const events = createSqliteEvents(database, clock.nowMs, options.contract)

  const files = watchFiles(options.path)
  let hasFailed = false

  /** One transaction with its ledger entries: both are written, or neither. */
  const change = <Result extends { changes: LedgerChange }>(
    durability: 'durable' | 'lazy',
    run: () => Result,
  ): Result =>
    database.write(durability, () => {
      const result = run()
      ledger.store(result.changes)
      return result
    })

  const prune = (nowMs: number): void =>
    database.write('lazy', () => {
      events.erasePrivateFieldsOfDead(nowMs - options.deadPrivateFieldsMs, options.contract)
      events.prune(nowMs - options.logRetentionMs, nowMs - options.deadRetentionMs)
    })

  /** Delivered events that are kept to be sent again must make room for those not yet delivered. */
  const makingRoom = <Result>(run: (hasRoom: boolean) => Result): Result => {
    try {
      return run(true)
    } catch (error) {
      if (!isFull(error)) throw error
      try {
        database.write('lazy', events.eraseKeptBodies)
        prune(clock.nowMs())
        database.checkpoint()
      } catch {
        // There is no room even for that.
      }
      return run(false)
    }
  }

  const insert = (group: readonly NewOutboxEvent[], { room, oldestMs }: InsertLimits): Insertion => {
    const acceptances = new Map<string, Acceptance>()
    const evicted: NewOutboxEvent[] = []
    const changes: LedgerChange = {}
    for (const event of group) {
      if (room <= 0 && !events.isKnown(event.id)) {
        const oldest = options.overflow === 'drop-oldest' ? events.dropOldest() : undefined
        addToLedger(changes, 'dropped:queue_full')
        if (oldest === undefined) {
          addToLedger(changes, 'accepted')
          acceptances.set(event.id, { status: 'dropped', reason: 'queue_full' })
          continue
        }
        evicted.push(oldest)
        room += 1
      }
      const insertion = events.insert(event, oldestMs)
      if (insertion.outcome === 'known') {
        if (insertion.state !== 'pending')
          acceptances.set(event.id, { status: 'accepted', isDelivered: true })
        continue
      }
      if (insertion.outcome === 'expired') {
        addToLedger(changes, 'accepted')
        addToLedger(changes, 'dropped:expired')
        acceptances.set(event.id, { status: 'dropped', reason: 'expired' })
        continue
      }
      if (insertion.outcome === 'inserted') addToLedger(changes, 'accepted')
      else addToLedger(changes, insertion.from, -1)
      room -= 1
    }
    return { acceptances, evicted, changes }
  }

  const storage: OutboxStorage = {
    ...clock,
    maxGroupEvents: 1000,
    completeness: createSqliteCompleteness(database, clock.nowMs),
    open() {},

    check() {
      files.check()
      checkRoom(options.path)
      events.isKnown('')
      // Quotas, and limits of the file or the process, appear only when something is written.
      if (hasFailed) database.write('durable', events.tryInsert)
      hasFailed = false
    },

    insert(group, limits) {
      hasFailed = true
      files.check()
      const insertion = makingRoom(() => change('durable', () => insert(group, limits)))
      // Deleted in between: nobody may be told that the event is safe.
      files.check()
      hasFailed = false
      return insertion
    },

    claim: (request) => database.write('lazy', () => events.claim(request)),
    renew: (ids, leaseMs) => database.write('lazy', () => events.renew(ids, leaseMs)),

    settle: (settlements) =>
      makingRoom((keepsBody) =>
        change('lazy', () => {
          const changes: LedgerChange = {}
          for (const settlement of settlements) {
            if (!events.settle(settlement, { keepsBody }) || settlement.status === 'retry') continue
            addToLedger(changes, settlement.status === 'stored' ? 'delivered' : settlement.status)
          }
          return { changes }
        }),
      ).changes,

    dropExpired: (beforeMs) =>
      change('lazy', () => {
        const dropped = events.dropExpired(beforeMs)
        return { dropped, changes: { 'dropped:expired': dropped.length } }
      }).dropped,

    prune,

    compact: database.checkpoint,
    readCounts: () => (ledger.hasChanged() ? ledger.read() : undefined),

    mayHaveWork() {
      try {
        return ledger.hasChanged() || events.hasDue()
      } catch {
        return false
      }
    },

    listen: () => () => {},
    toError: (what, cause) => sqliteFailure(`${what} the SQLite outbox`, options.path, cause),

    close() {
      try {
        database.checkpoint()
      } catch {
        // A reader is in the way, or the disk is full. The log keeps what it holds.
      }
      database.db.close()
      lock.release()
    },
  }
  return { storage, counts: ledger.read() }
}

const open = ({
  path,
  maxFileBytes,
}: SqliteStorageOptions): { database: SqliteDatabase; lock: { release(): void } } => {
  const database = openSqliteDatabase(path, { maxFileBytes, isDelivering: true })
  try {
    return { database, lock: lockSqliteOutbox(path) }
  } catch (error) {
    database.db.close()
    throw error
  }
}
