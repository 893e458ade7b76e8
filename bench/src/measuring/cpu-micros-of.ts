import { readFileSync } from 'node:fs'

const microsPerTick = 10_000

/**
 * The processor time of a process and of all processes that it has started, in microseconds, as Linux counts it. Apart from caches and
 * clock rate, it does not depend on how busy the machine is.
 */
export const cpuMicrosOf = (pid: number): number => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The name, in parentheses, may contain anything; user and system time, and those of children that have ended, are fields 14 to 17.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0)
  return ticks * microsPerTick + childrenOf(pid).reduce((sum, child) => sum + cpuMicrosOf(child), 0)
}

const childrenOf = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)
