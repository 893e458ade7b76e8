import { readFileSync } from 'node:fs'

const microsPerTick = 10_000

/**
 * The processor time of a process and of all that it has started, in microseconds, as Linux counts it. It is the same however busy
 * the machine is otherwise, but for caches and clock rate.
 */
export const cpuMicrosOf = (pid: number): number => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The name, in parentheses, may hold anything; user, system, and those of children that have ended are the 14th to 17th field.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0)
  return ticks * microsPerTick + childrenOf(pid).reduce((sum, child) => sum + cpuMicrosOf(child), 0)
}

const childrenOf = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)
