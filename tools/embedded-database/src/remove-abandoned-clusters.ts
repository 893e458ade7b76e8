import { existsSync, globSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { assertNotRunning } from './postmaster-file.ts'
import { assertOwnFolder } from './shared-folder.ts'

/** In a cluster's folder: the data directory that it replaces. */
export const ownerFile = 'data-directory.txt'

/**
 * Removes the clusters beside data directories that are gone: whoever deletes a clone, or a test's temporary folder,
 * does not know that its cluster is elsewhere. Other users' folders, and clusters in use, stay.
 */
export const removeAbandonedClusters = (parent: string, namePattern: string): void => {
  for (const owner of globSync(join(parent, namePattern, ownerFile))) {
    const home = dirname(owner)
    try {
      assertOwnFolder(home)
      if (existsSync(readFileSync(owner, 'utf8').trim())) continue
      assertNotRunning(join(home, 'cluster'))
      rmSync(home, { recursive: true, force: true })
    } catch {
      // Not ours to remove, or another process is removing it: no reason not to start.
    }
  }
}
