import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * Copies a kept cluster and its password into a new home: `initdb` takes half a second of the processor, the copy a
 * twentieth of one.
 *
 * @returns whether there was one; without one, the home is as empty as before
 */
export const copyEmptyCluster = (kept: string, home: string): boolean => {
  if (!existsSync(kept)) return false
  if (copy(kept, home)) return true
  for (const part of parts) rmSync(join(home, part), { recursive: true, force: true })
  return false
}

/**
 * Keeps a copy of a new cluster that no server has used. Processes that start together may all copy; the first to rename
 * its copy into place wins, and a half-made copy never has the final name.
 */
export const keepEmptyCluster = (home: string, kept: string): void => {
  mkdirSync(dirname(kept), { recursive: true })
  const unfinished = mkdtempSync(`${kept}.`)
  try {
    if (copy(home, unfinished)) renameSync(unfinished, kept)
  } catch {
    // Another process has kept its own.
  } finally {
    rmSync(unfinished, { recursive: true, force: true })
  }
}

const parts = ['cluster', 'password']

/** With its owner, who is not always this process. */
const copy = (from: string, to: string): boolean =>
  spawnSync('cp', ['-a', ...parts.map((part) => join(from, part)), to], { stdio: 'ignore' }).status === 0
