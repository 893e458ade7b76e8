import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { invalidOptions } from '../relay-error.ts'
import type { RelayEnvironment } from '../relay-options.ts'
import type { OutboxLocation } from './outbox-location.ts'

/** The folder of a service that systemd runs as in `examples/webhook-relay.service`. */
const serviceFolder = '/run/webhook-relay'

/**
 * Notes where the outbox of this process is, for commands without `--outbox`. The address of a database is not noted: it may hold
 * a password. If the note cannot be written, the relay serves all the same.
 *
 * @returns a function that removes the note
 */
export const noteRunningRelay = (location: OutboxLocation, env: RelayEnvironment): (() => void) => {
  const folder = env.RUNTIME_DIRECTORY?.split(':')[0] ?? ownFolder(env)
  const file = join(folder, `webhook-relay-${process.pid}.json`)
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    if (!isOurs(folder)) return () => {}
    const outbox = location.kind === 'sqlite' ? resolve(location.path) : null
    writeFileSync(file, JSON.stringify({ outbox }), { mode: 0o600, flag: 'wx' })
  } catch {
    return () => {}
  }
  return () => rmSync(file, { force: true })
}

/**
 * The outbox of the relay that this user runs, or `undefined` if none runs.
 *
 * @throws {RelayError} `invalid_options` when several run, or when the only one has its outbox in a database
 */
export const findRunningOutbox = (env: RelayEnvironment): string | undefined => {
  const notes = [...new Set([ownFolder(env), serviceFolder])].flatMap(readNotes)
  const [first] = notes
  if (first === undefined) return undefined
  if (notes.length > 1) {
    const places = notes.map((outbox) => outbox ?? 'a database').join(', ')
    throw invalidOptions(
      `Failed to open the outbox: ${notes.length} relays run, with ${places}. Name one with --outbox.`,
    )
  }
  if (first === null) {
    throw invalidOptions(
      'Failed to open the outbox: the running relay has it in a database. Set RELAY_OUTBOX to its address.',
    )
  }
  return first
}

const ownFolder = (env: RelayEnvironment): string =>
  env.XDG_RUNTIME_DIR ?? join(tmpdir(), `webhook-relay-${process.getuid?.() ?? 'user'}`)

/** Only its owner, or root, may have written there: a note says which file is opened. */
const isOurs = (folder: string): boolean => {
  const { uid, mode } = lstatSync(folder)
  return (uid === process.getuid?.() || process.getuid?.() === 0) && (mode & 0o022) === 0
}

const readNotes = (folder: string): (string | null)[] => {
  try {
    if (!existsSync(folder) || !isOurs(folder)) return []
    return readdirSync(folder).flatMap((name) => {
      const [, pid] = /^webhook-relay-(\d+)\.json$/.exec(name) ?? []
      if (pid === undefined || !isRunning(Number(pid))) return []
      const { outbox } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as { outbox: string | null }
      return [outbox]
    })
  } catch {
    return []
  }
}

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // It runs, and belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
