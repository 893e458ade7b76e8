import { statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import { EmitterError, type OutboxFailureReason, outboxFailed } from '../../emitter-error.ts'

/** SQLite's messages hold no value of a row, and only the path that the caller gave. */
export const sqliteFailure = (what: string, path: string, cause: unknown): EmitterError => {
  if (cause instanceof EmitterError) return cause
  const { errcode, errstr } = (cause ?? {}) as { errcode?: unknown; errstr?: unknown }
  const code = typeof errcode === 'number' ? codes[errcode & 0xff] : undefined
  if (code === undefined) {
    const detail = cause instanceof Error ? cause.message : 'unknown error'
    return outboxFailed(`Failed to ${what}: ${detail}. Check the rights and the file system of ${path}.`, {
      cause,
    })
  }
  const { reason, advice } = advices[code] ?? otherAdvice
  return outboxFailed(
    `Failed to ${what}: ${code}, ${String(errstr)}; the file is ${path}, with ${describeRoom(path)}. ${advice}`,
    { cause, reason },
  )
}

/** SQLITE_FULL: the disk, or the limit of the file. */
export const isFull = (error: unknown): boolean =>
  ((error as { errcode?: number } | null)?.errcode ?? 0) % 256 === 13

/** What SQLite would say if something were written now. Below this, the next group of events may not fit. */
export const checkRoom = (path: string): void => {
  const bytes = freeBytes(path)
  if (bytes === undefined || bytes >= 1_048_576) return
  throw Object.assign(new Error('database or disk is full'), {
    errcode: 13,
    errstr: 'database or disk is full',
  })
}

export const isSqliteCode = (error: unknown, code: string): boolean =>
  error instanceof Error &&
  'errcode' in error &&
  typeof error.errcode === 'number' &&
  codes[error.errcode & 0xff] === code

/** What a file system has left for this user. Undefined when it does not say. */
const freeBytes = (path: string): number | undefined => {
  try {
    const { bavail, bsize } = statfsSync(dirname(path))
    return bavail * bsize
  } catch {
    return undefined
  }
}

const describeRoom = (path: string): string => {
  const bytes = freeBytes(path)
  if (bytes === undefined) return 'an unknown amount of free space'
  return bytes < 10_485_760
    ? `${Math.floor(bytes / 1024)} KiB free`
    : `${Math.floor(bytes / 1_048_576)} MiB free`
}

// The primary result codes that a file can cause (https://sqlite.org/rescode.html).
const codes: Record<number, string> = {
  1: 'SQLITE_ERROR',
  3: 'SQLITE_PERM',
  5: 'SQLITE_BUSY',
  6: 'SQLITE_LOCKED',
  7: 'SQLITE_NOMEM',
  8: 'SQLITE_READONLY',
  10: 'SQLITE_IOERR',
  11: 'SQLITE_CORRUPT',
  13: 'SQLITE_FULL',
  14: 'SQLITE_CANTOPEN',
  15: 'SQLITE_PROTOCOL',
  17: 'SQLITE_SCHEMA',
  18: 'SQLITE_TOOBIG',
  19: 'SQLITE_CONSTRAINT',
  23: 'SQLITE_AUTH',
  26: 'SQLITE_NOTADB',
}

interface Advice {
  reason?: OutboxFailureReason
  advice: string
}

const damaged: Advice = {
  reason: 'file_damaged',
  advice:
    'The file is damaged, and events in it may be lost. Stop what uses it, copy it with its -wal and -shm, run "sqlite3 <copy> .recover" to read what is left, and start with another file.',
}
const rights: Advice = { advice: 'Let this user write the file and its folder.' }
const otherAdvice: Advice = { advice: 'Look at the file system and its log; nothing was written.' }
const advices: Record<string, Advice> = {
  SQLITE_FULL: {
    reason: 'disk_full',
    advice: 'Make room there, or raise the limit of the file. Accepted events are kept.',
  },
  SQLITE_IOERR: {
    advice:
      'The file system refuses to read or write: look at its log, its quota and the limits of this process.',
  },
  SQLITE_CORRUPT: damaged,
  SQLITE_NOTADB: damaged,
  SQLITE_BUSY: { advice: 'Another program has held the file for too long. End that program.' },
  SQLITE_READONLY: rights,
  SQLITE_CANTOPEN: rights,
  SQLITE_PERM: rights,
}
