import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { assertNotRunning } from './postmaster-file.ts'
import { ownerFile, removeAbandonedClusters } from './remove-abandoned-clusters.ts'
import { canEnter, type ServerAccount } from './server-account.ts'
import { createSharedFolder, reachableParent } from './shared-folder.ts'

/**
 * The folder that holds the cluster: the data directory itself or, where the server's account cannot enter that
 * (a clone only root may read), a folder under /var/lib that `moved-to.txt` in the data directory names.
 * Deleting the data directory resets the database in both cases; the moved cluster is removed when the next is made.
 */
export const resolveClusterHome = (
  dataDir: string,
  accountOf: (cluster: string) => ServerAccount,
): string => {
  mkdirSync(dataDir, { recursive: true })
  const pointer = join(dataDir, 'moved-to.txt')
  if (existsSync(pointer)) {
    const home = readFileSync(pointer, 'utf8').trim()
    createSharedFolder(home)
    return home
  }
  const account = accountOf(join(dataDir, 'cluster'))
  if (canEnter(account, dataDir)) return dataDir

  const owner = realpathSync(dataDir)
  const id = createHash('sha256').update(owner).digest('hex').slice(0, 16)
  const parent = reachableParent('/var/lib', account)
  const home = join(parent, `altcontext-postgres-${id}`)
  assertNotRunning(join(home, 'cluster'))
  rmSync(home, { recursive: true, force: true })
  removeAbandonedClusters(parent, 'altcontext-postgres-*')
  createSharedFolder(home)
  writeFileSync(join(home, ownerFile), `${owner}\n`)
  writeFileSync(pointer, `${home}\n`)
  return home
}
