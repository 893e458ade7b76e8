import { type ChildProcess, execFileSync } from 'node:child_process'
import { once } from 'node:events'

/** The memory of a process, in megabytes. */
export interface Memory {
  /** Memory that its program still refers to after garbage was collected: this grows when something leaks. */
  heapMb: number
  /** Buffers outside the heap. */
  externalMb: number
  /** Memory of the machine that it occupies. */
  rssMb: number
}

/** Flags with which a process responds to {@link memoryOf}, with the limits of a 256 MB machine on its heap. */
export const memoryFlags = [
  // The limits of the example's image.
  '--max-old-space-size=192',
  '--max-semi-space-size=2',
  '--expose-gc',
  `--import=${new URL('./report-memory.mjs', import.meta.url)}`,
]

export const rssMbOf = (pid: number): number =>
  Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / 1024

/** Has a process collect its garbage, and asks how much is left. It must have been started with {@link memoryFlags}. */
export const memoryOf = async (child: ChildProcess): Promise<Memory> => {
  const reported = once(child, 'message')
  child.send('memory')
  const [{ heapBytes, externalBytes }] = (await reported) as [{ heapBytes: number; externalBytes: number }]
  return {
    heapMb: heapBytes / 2 ** 20,
    externalMb: externalBytes / 2 ** 20,
    rssMb: rssMbOf(child.pid as number),
  }
}
