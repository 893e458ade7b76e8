import { chmodSync, closeSync, lstatSync, mkdirSync, openSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { type EmitterError, outboxFailed } from '../../emitter-error.ts'

/**
 * Creates a file that nobody else may read, and leaves an existing one to SQLite: closing any other handle of a file
 * releases every lock that this process has on it (POSIX), and another process would then delete the log that this one writes.
 *
 * @throws {EmitterError} `outbox_failed` when it is not a plain file, or others can read it and that cannot be changed
 */
export const makePrivateFile = (path: string): void => {
  mkdirSync(dirname(resolve(path)), { recursive: true, mode: 0o700 })
  try {
    closeSync(openSync(path, 'ax', 0o600))
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error
    keepPrivate(path)
  }
}

/** Refuses anything but a plain file, and removes everybody else's rights to it. A missing file is not refused. */
export const keepPrivate = (path: string): void => {
  const found = lstatSync(path, { throwIfNoEntry: false })
  if (found === undefined) return
  if (!found.isFile()) {
    const kind = found.isSymbolicLink() ? 'a symbolic link' : 'not a plain file'
    throw refused(`${path} is ${kind}. Give the path of the file itself`)
  }
  // Windows has no such rights.
  if (process.platform === 'win32' || (found.mode & 0o077) === 0) return
  try {
    chmodSync(path, 0o600)
  } catch (cause) {
    throw refused(
      `other users can read ${path}, and this one may not change that. Run "chmod 600" on it`,
      cause,
    )
  }
}

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code

const refused = (why: string, cause?: unknown): EmitterError =>
  outboxFailed(`Failed to open the SQLite outbox: ${why}.`, { cause })
