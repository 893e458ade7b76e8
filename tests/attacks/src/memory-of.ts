import { type ChildProcess, execFileSync } from 'node:child_process'
import { once } from 'node:events'

/** What a process holds, in megabytes. */
export interface Memory {
  /** What its program still refers to, after garbage was collected: this grows when something leaks. */
  heapMb: number
  /** Buffers outside the heap. */
  externalMb: number
  /** Of the machine. */
  rssMb: number
}

/** What makes a process answer {@link memoryOf}, with the limits of a 256 MB machine on its heap. */
export const memoryFlags = [
  // Those of the example's image.
  '--max-old-space-size=192',
  '--max-semi-space-size=2',
  '--expose-gc',
  `--import=${new URL('./report-memory.mjs', import.meta.url)}`,
]

export const rssMbOf = (pid: number): number =>
  Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / 1024

/** Has a process collect its garbage, and asks what is left. It was started with {@link memoryFlags}. */
export const memoryOf = async (child: ChildProcess): Promise<Memory> => {
  const answered = once(child, 'message')
  child.send('memory')
  const [{ heapBytes, externalBytes }] = (await answered) as [{ heapBytes: number; externalBytes: number }]
  return {
    heapMb: heapBytes / 2 ** 20,
    externalMb: externalBytes / 2 ** 20,
    rssMb: rssMbOf(child.pid as number),
  }
}
