import { lstatSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { EmbeddedDatabaseError } from './embedded-database-error.ts'
import { canEnter, type ServerAccount } from './server-account.ts'

/** A folder of the system that the server's account can reach: the preferred one, else the temporary folder. */
export const reachableParent = (preferred: string, account: ServerAccount): string => {
  return canEnter(account, preferred) ? preferred : tmpdir()
}

/**
 * Makes sure that nobody else could have prepared a folder that is about to be trusted: in a folder open to
 * everyone, as the temporary one, another user may have created that name first.
 */
export const assertOwnFolder = (folder: string): void => {
  const stat = lstatSync(folder)
  if (stat.isDirectory() && stat.uid === process.getuid?.() && (stat.mode & 0o022) === 0) return
  throw new EmbeddedDatabaseError(
    'data_directory_unusable',
    `Failed to use ${folder}: it belongs to another user or is writable by others. Remove it and start again.`,
  )
}

/** Creates a folder of ours that the server's account may enter but not list or change. */
export const createSharedFolder = (folder: string): void => {
  mkdirSync(folder, { recursive: true, mode: 0o711 })
  assertOwnFolder(folder)
}
