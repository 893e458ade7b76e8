import { execFileSync } from 'node:child_process'
import type { BenchDatabase } from '../setup/bench-database.ts'

/**
 * Starts the server again and asks the operating system to drop its files from the page cache, which anybody may do with files they can read.
 * The caches of a virtual machine's host or of the disk itself remain.
 */
export const coolDown = async (database: BenchDatabase): Promise<void> => {
  await database.restart()
  execFileSync('sync')
  execFileSync('/bin/sh', [
    '-c',
    'find "$0" -type f -size +1M -exec dd if={} iflag=nocache count=0 status=none \\;',
    database.dataDir,
  ])
}
