import { execFileSync } from 'node:child_process'

/** The memory that a process holds, in megabytes. */
export const rssMbOf = (pid: number): number =>
  Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / 1024
