import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { type Memory, memoryFlags, memoryOf } from './memory-of.ts'

export interface ServerProcess {
  pid: number
  output: Readable
  memory(): Promise<Memory>
  /** Asks it to stop. Resolves with the exit code. */
  stop(): Promise<number | null>
}

/** A program of the repository in a process of its own, with the limits of a 256 MB machine. */
export const spawnServer = (
  program: readonly string[],
  environment: Record<string, string>,
): ServerProcess => {
  const child = spawn(process.execPath, [...memoryFlags, '--conditions=@altcontext/source', ...program], {
    env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE, ...environment },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  const exited = once(child, 'exit').then(([code]) => code as number | null)
  return {
    pid: child.pid as number,
    output: child.stdout as Readable,
    memory: () => memoryOf(child),
    stop: () => {
      if (child.exitCode === null) child.kill('SIGTERM')
      return exited
    },
  }
}
