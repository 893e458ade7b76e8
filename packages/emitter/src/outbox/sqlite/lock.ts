import { DatabaseSync } from 'node:sqlite'
import { EmitterError } from '../../emitter-error.ts'
import { makePrivateFile } from './private-file.ts'
import { isSqliteCode, sqliteFailure } from './sqlite-failure.ts'

/**
 * Lets one process at a time deliver from an outbox. It is a lock of the operating system, taken by SQLite on a file
 * beside the outbox: however the holder dies, it is free again at once.
 *
 * @throws {EmitterError} `outbox_in_use`, `outbox_failed`
 */
export const lockSqliteOutbox = (path: string): { release(): void } => {
  const lockPath = `${path}.lock`
  makePrivateFile(lockPath)
  const lock = new DatabaseSync(lockPath, { timeout: 0 })
  try {
    lock.exec('BEGIN EXCLUSIVE')
  } catch (cause) {
    lock.close()
    if (!isSqliteCode(cause, 'SQLITE_BUSY')) throw sqliteFailure('lock the SQLite outbox', lockPath, cause)
    throw new EmitterError(
      'outbox_in_use',
      `Failed to open the SQLite outbox: another process delivers from ${path}. Stop that process, or give this one a file of its own.`,
      [],
      { cause },
    )
  }
  return { release: () => lock.close() }
}
