import { mkdtempSync, readdirSync, rmSync, statfsSync } from 'node:fs'
import { join } from 'node:path'

const place = '/dev/shm'
/** Hundreds of databases of 9 MB come and go, a few dozen at a time, and there is their log. */
const roomBytes = 4 * 2 ** 30

/**
 * A new folder in memory, for a server's files above all, or undefined where there is none or not enough room: a database has
 * 400 files, and creating and deleting them on a disk costs ten times as much as most tests do with them.
 */
export const makeMemoryFolder = (): string | undefined => {
  try {
    const { bavail, bsize } = statfsSync(place)
    if (Math.min(bavail * bsize, process.availableMemory()) < roomBytes) return undefined
    removeAbandoned()
    return mkdtempSync(join(place, `altcontext-test-${process.pid}-`))
  } catch {
    return undefined
  }
}

/** Folders of runs that were killed; their servers have ended with them. */
const removeAbandoned = (): void => {
  for (const name of readdirSync(place)) {
    const pid = Number(/^altcontext-test-(\d+)-/.exec(name)?.[1])
    if (pid > 0 && !isRunning(pid)) rmSync(join(place, name), { recursive: true, force: true })
  }
}

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // It may also belong to another user's run.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
