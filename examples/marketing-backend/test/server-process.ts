import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

const main = new URL('../src/main.ts', import.meta.url).pathname

export interface ServerProcess {
  process: ChildProcess
  stdout(): string
  stderr(): string
  /** The first match of `pattern` in standard output, as soon as it is there. Rejects when the process ends before that. */
  says(pattern: RegExp): Promise<RegExpExecArray>
  /** Exit code, after the end. */
  ended: Promise<number | null>
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

/** `main.ts` in its own process, with only these variables. */
export const startProcess = (variables: Record<string, string>): ServerProcess => {
  const child = spawn(process.execPath, ['--conditions=@altcontext/source', main], {
    env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE, ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk
  })
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk
  })
  const ended = once(child, 'close').then(([code]) => code as number | null)
  const says = (pattern: RegExp) =>
    new Promise<RegExpExecArray>((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(stdout)
        if (match) resolve(match)
        return match
      }
      if (look()) return
      child.stdout.on('data', look)
      ended.then(() => look() ?? reject(new Error(`ended before saying ${pattern}: ${stdout}${stderr}`)))
    })
  return {
    process: child,
    stdout: () => stdout,
    stderr: () => stderr,
    says,
    ended,
    stop(signal = 'SIGTERM') {
      if (child.exitCode === null) child.kill(signal)
      return ended
    },
  }
}
