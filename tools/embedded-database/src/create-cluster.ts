import { spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { EmbeddedDatabaseError } from './embedded-database-error.ts'
import { copyEmptyCluster, keepEmptyCluster } from './empty-clusters.ts'
import type { PostgresBinaries } from './postgres-binaries.ts'
import type { ServerAccount } from './server-account.ts'

/** The environment of the server and of `initdb`, without its PG* variables, time zones and languages. */
export const serverEnvironment = { PATH: process.env.PATH, TZ: 'UTC', LC_ALL: 'C' }

/** Creates the cluster unless it exists, and returns its password. */
export const createCluster = (
  home: string,
  binaries: PostgresBinaries,
  account: ServerAccount,
  emptyClusters?: string,
): string => {
  const cluster = join(home, 'cluster')
  const passwordFile = join(home, 'password')
  if (existsSync(join(cluster, 'PG_VERSION'))) {
    assertSameVersion(cluster, binaries)
  } else {
    const kept = emptyClusters && join(emptyClusters, nameOfKept(binaries, account))
    if (!kept || !copyEmptyCluster(kept, home)) {
      const password = randomBytes(24).toString('base64url')
      writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 })
      initialise(cluster, password, binaries, account)
      if (kept) keepEmptyCluster(home, kept)
    }
  }
  return readFileSync(passwordFile, 'utf8').trim()
}

const assertSameVersion = (cluster: string, { majorVersion }: PostgresBinaries): void => {
  const version = readFileSync(join(cluster, 'PG_VERSION'), 'utf8').trim()
  if (version === majorVersion) return
  throw new EmbeddedDatabaseError(
    'data_directory_unusable',
    `Failed to start PostgreSQL ${majorVersion}: ${cluster} was made by PostgreSQL ${version}. Dump it with that version, or remove it to start empty.`,
  )
}

/** Under another name first: a cluster whose creation was interrupted never looks like a finished one. */
const initialise = (
  cluster: string,
  password: string,
  binaries: PostgresBinaries,
  account: ServerAccount,
): void => {
  const unfinished = `${cluster}.unfinished`
  const passwordForServer = `${unfinished}.password`
  rmSync(unfinished, { recursive: true, force: true })
  rmSync(cluster, { recursive: true, force: true })
  mkdirSync(unfinished, { mode: 0o700 })
  writeFileSync(passwordForServer, password, { mode: 0o600 })
  if (account) {
    chownSync(unfinished, account.uid, account.gid)
    chownSync(passwordForServer, account.uid, account.gid)
  }
  const { status, stderr, error } = spawnSync(
    binaries.initdb,
    [
      `--pgdata=${unfinished}`,
      `--pwfile=${passwordForServer}`,
      ...initdbFlags(Number(binaries.majorVersion)),
    ],
    { ...account, cwd: '/', encoding: 'utf8', env: serverEnvironment },
  )
  rmSync(passwordForServer)
  if (status !== 0) {
    throw new EmbeddedDatabaseError(
      'server_failed',
      `Failed to create a PostgreSQL cluster in ${cluster}: initdb said ${JSON.stringify(stderr?.trim() || String(error))}. Make sure that the folder is writable.`,
    )
  }
  renameSync(unfinished, cluster)
}

const initdbFlags = (majorVersion: number): string[] => {
  return [
    '--username=postgres',
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--no-sync',
    // Flags that the `initdb` of an older version does not know, and can do without.
    ...(majorVersion >= 17 ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'] : []),
    // The password is 192 random bits: hashing it thousands of times would only slow down every connection.
    ...(majorVersion >= 16 ? ['--set=scram_iterations=1'] : []),
  ]
}

/** Names what an empty cluster depends on. */
const nameOfKept = ({ majorVersion }: PostgresBinaries, account: ServerAccount): string => {
  const made = [account?.uid, account?.gid, ...initdbFlags(Number(majorVersion))]
  return `${majorVersion}-${createHash('sha256').update(made.join(' ')).digest('hex').slice(0, 16)}`
}
