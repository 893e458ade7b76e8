import { EmitterError } from '../../emitter-error.ts'
import { createGroupCommit } from '../durable/create-group-commit.ts'
import {
  type DurableOutboxOptions,
  expiryIntervalMs,
  invalidOutboxOptions,
  type ResolvedDurableOutboxOptions,
  resolveDurableOutboxOptions,
  resolvePollInterval,
} from '../durable/durable-outbox-options.ts'
import { addToLedger, type LedgerChange } from '../durable/outbox-ledger.ts'
import { createSteadyClock } from '../durable/steady-clock.ts'
import type { Acceptance, NewOutboxEvent, Outbox, OutboxListener } from '../outbox.ts'
import { openSqliteDatabase, sqliteFailure } from './database.ts'
import { createSqliteEvents } from './events.ts'
import { createSqliteLedger } from './ledger.ts'
import { lockSqliteOutbox } from './lock.ts'

export interface SqliteOutboxOptions extends DurableOutboxOptions {
  /** The file. It and its folder are made when missing, readable by this user alone; `-wal`, `-shm` and `.lock` stand beside it. */
  path: string
  /**
   * What happens to an event that finds `maxEvents` waiting. `drop-newest` refuses it, when the caller still has it;
   * `drop-oldest` drops the one that has waited longest and is not being sent. Both are counted and told to `onDead`.
   * @default 'drop-newest'
   */
  overflow?: 'drop-newest' | 'drop-oldest' | undefined
  /** The largest the file may grow; an `emit` that needs more is dropped as `outbox_failed`. @default what the disk holds */
  maxFileBytes?: number | undefined
  /** How often to look whether a command line has replayed something. @default 1_000 */
  pollIntervalMs?: number | undefined
}

/**
 * An outbox in one SQLite file (`node:sqlite`). Accepting resolves after an fsync, shared by everything that is
 * accepted in the same turn of the event loop, so what was accepted survives `kill -9` and a power cut. One process
 * at a time delivers from a file.
 *
 * @throws {EmitterError} `invalid_options`, `outbox_in_use`, `outbox_failed`
 */
export const createSqliteOutbox = (input: SqliteOutboxOptions): Outbox => {
  const options = resolveSqliteOutboxOptions(input)
  const { maxEvents, overflow } = options
  const { database, lock } = open(options)
  const now = createSteadyClock()
  const ledger = createSqliteLedger(database)
  const events = createSqliteEvents(database, now, options.maxAgeMs)
  let listener: OutboxListener | undefined
  let timer: NodeJS.Timeout | undefined
  let isClosed = false

  /** One transaction with its ledger entries: both are written, or neither. */
  const change = <Result>(durability: 'durable' | 'lazy', run: (changes: LedgerChange) => Result): Result => {
    const changes: LedgerChange = {}
    const result = database.write(durability, () => {
      const value = run(changes)
      ledger.store(changes)
      return value
    })
    ledger.note(changes)
    return result
  }

  const acceptGroup = (group: readonly NewOutboxEvent[]): Acceptance[] => {
    const dropped: NewOutboxEvent[] = []
    try {
      const acceptances = change('durable', (changes) => {
        let room = maxEvents - ledger.counts().pending
        return group.map((event): Acceptance => {
          if (room <= 0 && !events.isKnown(event.id)) {
            const oldest = overflow === 'drop-oldest' ? events.dropOldest() : undefined
            addToLedger(changes, 'dropped:queue_full')
            if (oldest === undefined) {
              addToLedger(changes, 'accepted')
              return { status: 'dropped', reason: 'queue_full' }
            }
            dropped.push(oldest)
            room += 1
          }
          const insertion = events.insert(event)
          if (insertion.outcome === 'known') {
            const isDelivered = insertion.state !== 'pending'
            return { status: 'accepted', ...(isDelivered && { isDelivered }) }
          }
          if (insertion.outcome === 'expired') {
            addToLedger(changes, 'accepted')
            addToLedger(changes, 'dropped:expired')
            return { status: 'dropped', reason: 'expired' }
          }
          if (insertion.outcome === 'inserted') addToLedger(changes, 'accepted')
          else addToLedger(changes, insertion.from, -1)
          room -= 1
          return { status: 'accepted' }
        })
      })
      for (const event of dropped) listener?.onDropped(event, 'queue_full')
      listener?.onReady()
      return acceptances
    } catch (error) {
      throw sqliteFailure('write to the SQLite outbox', error)
    }
  }
  const accepting = createGroupCommit(acceptGroup, 1000)

  const wakeWhenDue = (): void => {
    clearTimeout(timer)
    const dueMs = events.nextDueMs()
    if (dueMs === undefined || isClosed) return
    // What waits is safe in the file, so waiting does not hold the process.
    timer = setTimeout(
      () => {
        listener?.onReady()
        wakeWhenDue()
      },
      Math.min(Math.max(1, dueMs - now()), maxTimerMs),
    ).unref()
  }

  const lookForOtherProcesses = (): void => {
    if (!ledger.hasChanged()) return
    ledger.reload()
    wakeWhenDue()
    listener?.onReady()
  }

  const dropExpired = (): number => {
    const expired = change('lazy', (changes) => {
      const rows = events.dropExpired()
      addToLedger(changes, 'dropped:expired', rows.length)
      return rows
    })
    for (const event of expired) listener?.onDropped(event, 'expired')
    return expired.length
  }
  let nextExpiryMs = 0

  const tidy = (): void => {
    if (now() >= nextExpiryMs) {
      while (dropExpired() > 0);
      nextExpiryMs = now() + expiryIntervalMs(options.maxAgeMs)
    }
    change('lazy', () => {
      events.erasePrivateFieldsOfDead(now() - options.deadPrivateFieldsMs, options.contract)
      events.prune(now() - options.logRetentionMs, now() - options.deadRetentionMs)
    })
    database.checkpoint()
  }
  const tidySafely = (): void => {
    try {
      tidy()
    } catch {
      // A full disk or a reader in the way; there is a next time.
    }
  }

  const poll = setInterval(() => {
    try {
      lookForOtherProcesses()
    } catch {
      // As above.
    }
  }, options.pollIntervalMs).unref()
  const tidying = setInterval(tidySafely, tidyMs).unref()

  return {
    isDurable: true,

    attach(newListener) {
      listener = newListener
      tidySafely()
      wakeWhenDue()
    },

    accept(event) {
      if (isClosed) {
        throw new EmitterError(
          'closed',
          'Failed to accept an event: the outbox is closed. Emit before closing it.',
        )
      }
      return accepting.add(event)
    },

    claim({ maxEvents: most, leaseMs }) {
      lookForOtherProcesses()
      const claimed = database.write('lazy', () => events.claim(most, leaseMs))
      wakeWhenDue()
      return claimed
    },

    renew(ids, leaseMs) {
      database.write('lazy', () => events.renew(ids, leaseMs))
      wakeWhenDue()
    },

    settle(settlements) {
      change('lazy', (changes) => {
        for (const settlement of settlements) {
          if (!events.settle(settlement) || settlement.status === 'retry') continue
          addToLedger(changes, settlement.status === 'stored' ? 'delivered' : settlement.status)
        }
      })
      wakeWhenDue()
      if (settlements.some((settlement) => settlement.status === 'retry' && settlement.delayMs <= 0)) {
        listener?.onReady()
      }
    },

    counts: () => ledger.counts(),

    async close() {
      if (isClosed) return
      isClosed = true
      await accepting.idle()
      clearTimeout(timer)
      clearInterval(poll)
      clearInterval(tidying)
      tidySafely()
      database.db.close()
      lock.release()
    },
  }
}

const tidyMs = 60_000
/** `setTimeout` takes no more than 31 bits. */
const maxTimerMs = 2_000_000_000

const open = ({ path, maxFileBytes }: ResolvedSqliteOutboxOptions) => {
  const database = openSqliteDatabase(path, { maxFileBytes, isDelivering: true })
  try {
    return { database, lock: lockSqliteOutbox(path) }
  } catch (error) {
    database.db.close()
    throw error
  }
}

interface ResolvedSqliteOutboxOptions extends ResolvedDurableOutboxOptions {
  path: string
  overflow: 'drop-newest' | 'drop-oldest'
  maxFileBytes: number | undefined
  pollIntervalMs: number
}

const resolveSqliteOutboxOptions = (options: SqliteOutboxOptions): ResolvedSqliteOutboxOptions => {
  const { path, overflow = 'drop-newest', maxFileBytes } = options
  const problems: string[] = []
  const resolved = resolveDurableOutboxOptions(options, problems)
  const pollIntervalMs = resolvePollInterval(options.pollIntervalMs, problems)
  if (typeof path !== 'string' || path === '') problems.push('path is missing')
  if (path === ':memory:' || path?.startsWith('file:')) problems.push('path is no path of a file')
  if (overflow !== 'drop-newest' && overflow !== 'drop-oldest') {
    problems.push(`overflow is "${overflow}", expected "drop-newest" or "drop-oldest"`)
  }
  if (maxFileBytes !== undefined && !(Number.isSafeInteger(maxFileBytes) && maxFileBytes >= minFileBytes)) {
    problems.push(`maxFileBytes is ${maxFileBytes}, expected a whole number of at least ${minFileBytes}`)
  }
  if (problems.length > 0) throw invalidOutboxOptions('SQLite', problems)
  return { ...resolved, path, overflow, maxFileBytes, pollIntervalMs }
}

const minFileBytes = 65_536
