import { spawnSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { EmbeddedDatabaseError } from './embedded-database-error.ts'

/** The user that the server runs as; `undefined` stands for the user that this process already is. */
export type ServerAccount = { uid: number; gid: number } | undefined

/**
 * PostgreSQL refuses to run as root. An ordinary user runs it as itself; root runs it as the owner of the
 * existing cluster, else as `postgres`, else as `nobody`.
 */
export const findServerAccount = (cluster: string): ServerAccount => {
  if (process.getuid?.() !== 0) return undefined
  const owner = statSync(cluster, { throwIfNoEntry: false })
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid }
  const account = accountNamed('postgres') ?? accountNamed('nobody')
  if (!account) {
    throw new EmbeddedDatabaseError(
      'no_server_account',
      'Failed to start PostgreSQL: this process is root, and there is neither a user `postgres` nor `nobody` to run the server as. Create one (`useradd --system postgres`) or run as an ordinary user.',
    )
  }
  return account
}

/** Whether the server's account may reach and enter a folder (or execute a file); the system itself is asked. */
export const canEnter = (account: ServerAccount, path: string): boolean => {
  return spawnSync('/bin/sh', ['-c', 'test -x "$0"', path], { ...account, cwd: '/' }).status === 0
}

const accountNamed = (name: string): ServerAccount => {
  const [uid, gid] = ['-u', '-g'].map((flag) => {
    const { status, stdout } = spawnSync('id', [flag, name], { encoding: 'utf8' })
    return status === 0 ? Number(stdout) : Number.NaN
  })
  return uid && gid !== undefined && Number.isInteger(gid) ? { uid, gid } : undefined
}
