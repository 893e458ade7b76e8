import { fileURLToPath } from 'node:url'

export interface OldestNode {
  /** As in `process.version`, without the `v`. */
  version: string
  /** The executable. */
  path: string
}

const binaryOf = (line: string): string =>
  fileURLToPath(new URL(`../node_modules/${line}/bin/node`, import.meta.url))

/**
 * The oldest Node of every line that `engines` of the published packages allows. Each comes with its own SQLite, and an
 * old SQLite is less forgiving.
 */
export const oldestNodes: readonly OldestNode[] = [
  { version: '22.18.0', path: binaryOf('node-22') },
  { version: '24.0.0', path: binaryOf('node-24') },
  { version: '26.0.0', path: binaryOf('node-26') },
]
