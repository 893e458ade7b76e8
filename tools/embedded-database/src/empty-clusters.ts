import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * Copies a kept cluster and its password into a new home: `initdb` takes half a second of the processor, the copy a tenth of
 * that.
 *
 * @returns whether there was one
 */
export const copyEmptyCluster = (kept: string, home: string): boolean => {
  if (!existsSync(kept)) return false
  copy(kept, home)
  return true
}

/**
 * Keeps a copy of a new cluster that no server has used. Processes that start together may all copy; the first to rename
 * its copy into place wins, and a half-made copy never has the final name.
 */
export const keepEmptyCluster = (home: string, kept: string): void => {
  mkdirSync(dirname(kept), { recursive: true })
  const unfinished = mkdtempSync(`${kept}.`)
  try {
    copy(home, unfinished)
    renameSync(unfinished, kept)
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true })
    if (!existsSync(kept)) throw error
  }
}

/** With its owner, who is not always this process. */
const copy = (from: string, to: string): void => {
  const parts = ['cluster', 'password'].map((part) => join(from, part))
  const { status, stderr, error } = spawnSync('cp', ['-a', ...parts, to], { encoding: 'utf8' })
  if (status !== 0) {
    throw new Error(`Failed to copy ${from}: ${stderr?.trim() || String(error)}. Remove it and start again.`)
  }
}
