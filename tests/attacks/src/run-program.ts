import { spawn } from 'node:child_process'
import { once } from 'node:events'

export interface ProgramRun {
  /** null when it had to be ended. */
  exitCode: number | null
  /** Standard output and standard error. */
  output: string
}

/** Runs a program of the repository to its end; one that is still there after `withinMs` is ended. */
export const runProgram = async (
  program: readonly string[],
  environment: Record<string, string> = {},
  withinMs = 60_000,
): Promise<ProgramRun> => {
  const child = spawn(process.execPath, ['--conditions=@altcontext/source', ...program], {
    env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: withinMs,
    killSignal: 'SIGKILL',
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
  }
  const [exitCode] = (await once(child, 'close')) as [number | null]
  return { exitCode, output }
}

const fileOf = (path: string): string => new URL(`../../../${path}`, import.meta.url).pathname

export const programs = {
  example: fileOf('examples/marketing-backend/src/main.ts'),
  relay: fileOf('packages/relay/src/cli.ts'),
  metrics: fileOf('packages/metrics/src/cli.ts'),
}
