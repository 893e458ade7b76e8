import { createDurableOutbox } from '../durable/create-durable-outbox.ts'
import {
  type DurableOutboxOptions,
  invalidOutboxOptions,
  type ResolvedDurableOutboxOptions,
  resolveDurableOutboxOptions,
  resolvePollInterval,
} from '../durable/durable-outbox-options.ts'
import type { Outbox } from '../outbox.ts'
import { openSqliteStorage, type SqliteStorageOptions } from './storage.ts'

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
  const { storage, counts } = openSqliteStorage(options)
  return createDurableOutbox(storage, { ...options, counts })
}

interface ResolvedSqliteOutboxOptions extends ResolvedDurableOutboxOptions, SqliteStorageOptions {
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
