import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { EmbeddedDatabaseError } from './embedded-database-error.ts'

/**
 * Throws when a server is running in the cluster, and removes what a killed one left behind.
 *
 * PostgreSQL does the latter itself unless the process id has been given to another process of the same user,
 * which is the usual case after a container was restarted; so we check which program that process runs.
 */
export const assertNotRunning = (cluster: string): void => {
  const file = join(cluster, 'postmaster.pid')
  const pid = readPid(file)
  if (pid === undefined) return
  if (commandOf(pid).includes(cluster)) {
    throw new EmbeddedDatabaseError(
      'data_directory_unusable',
      `Failed to start PostgreSQL: a server (process ${pid}) is already running on ${cluster}. Stop that one, or use another data directory.`,
    )
  }
  rmSync(file, { force: true })
}

const readPid = (file: string): number | undefined => {
  try {
    const pid = Number.parseInt(readFileSync(file, 'utf8'), 10)
    return pid > 0 ? pid : undefined
  } catch {
    return undefined
  }
}

/** The command line of a process: it holds the cluster's path when it is our server, started with `-D`. */
const commandOf = (pid: number): string => {
  try {
    return execFileSync('ps', ['-ww', '-o', 'args=', '-p', String(pid)], { encoding: 'utf8' })
  } catch {
    return ''
  }
}
