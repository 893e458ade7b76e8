import { lstatSync } from 'node:fs'
import { outboxFailed } from '../../emitter-error.ts'

/**
 * Remembers which files an outbox has open. SQLite continues to write into a file that was deleted or replaced, and what
 * it writes is gone when the process ends.
 */
export const watchFiles = (path: string): { check(): void } => {
  const identify = (file: string): string | undefined => {
    const found = lstatSync(file, { throwIfNoEntry: false, bigint: true })
    return found && `${found.dev}:${found.ino}`
  }
  const watch = (suffix: string) => ({ file: `${path}${suffix}`, identity: identify(`${path}${suffix}`) })
  const files = ['', '-wal', '-shm'].map(watch)
  const lock = watch('.lock')

  return {
    /** @throws {EmitterError} `outbox_failed` with the reason `files_deleted` or `lock_lost` */
    check() {
      const missing = files.find(({ file, identity }) => identify(file) !== identity)
      if (missing !== undefined) {
        throw outboxFailed(
          `Failed to write to the SQLite outbox: ${missing.file} was deleted or replaced while it was in use. No more events are taken. Put it back if you can, and restart.`,
          { reason: 'files_deleted' },
        )
      }
      if (identify(lock.file) !== lock.identity) {
        throw outboxFailed(
          `Failed to write to the SQLite outbox: its lock ${lock.file} was deleted or replaced, so another process could deliver from the same file. No more events are taken. Restart.`,
          { reason: 'lock_lost' },
        )
      }
    },
  }
}
