import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { bundledProgram } from '../../../../packaging/src/bundled-program.ts'
import { waitUntil } from './wait-until.ts'

export interface ProcessStart {
  file: URL
  args?: readonly string[]
  /** All of its environment except `PATH`. */
  env: Record<string, string>
  /** Whether a line of its output says that it has started. */
  isReady(line: string): boolean
  /** @default the Node that runs the suite */
  node?: string | undefined
  nodeArgs?: readonly string[] | undefined
}

/** With them, Node runs the packages from their sources. */
export const sourceFlags = ['--conditions=@altcontext/source', '--disable-warning=ExperimentalWarning']

/** No process of a round may take longer; otherwise it is ended, and the round fails. */
const longestMs = 90_000

/** A process of the suite. Only whole lines of its output count: the last one of a killed process may be half. */
export const startProcess = async ({
  file,
  args = [],
  env,
  isReady,
  node = process.execPath,
  nodeArgs = [],
}: ProcessStart) => {
  const child = spawn(node, [...sourceFlags, ...nodeArgs, await bundledProgram(file), ...args], {
    env: { PATH: process.env.PATH ?? '', NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const lines: string[] = []
  let errors = ''
  child.stderr.on('data', (chunk) => {
    errors = `${errors}${chunk}`.slice(-2000)
  })
  const reader = createInterface({ input: child.stdout })
  let isClosed = false
  const closed = once(child, 'close').then(() => {
    isClosed = true
  })
  const ready = new Promise<string>((resolve, reject) => {
    reader.on('line', (line) => {
      if (isReady(line)) resolve(line)
      else lines.push(line)
    })
    child.once('exit', (code, signal) => {
      reject(new Error(`${file.pathname} ended with ${code ?? signal}: ${errors}`))
    })
  })
  const hung = setTimeout(() => child.kill('SIGKILL'), longestMs).unref()
  const firstLine = await ready
  clearTimeout(hung)

  const ended = async (timeoutMs = longestMs): Promise<number | null> => {
    const inTime = waitUntil(`${file.pathname} has ended`, async () => isClosed, timeoutMs)
    try {
      await Promise.race([closed, inTime])
    } catch (cause) {
      child.kill('SIGKILL')
      throw new Error(`${file.pathname} did not end within ${timeoutMs} ms: ${errors}`, { cause })
    }
    return child.exitCode
  }
  return {
    firstLine,
    lines,
    child,
    /** The end of what it wrote to stderr. */
    errors: () => errors,
    /**
     * Resolves with the exit code, `null` after a signal.
     *
     * @throws when it does not end in time; then it is killed
     */
    ended,
    /** Sends it a signal and waits for its end, as `ended` does. */
    kill: (signal: NodeJS.Signals = 'SIGKILL', timeoutMs?: number): Promise<number | null> => {
      child.kill(signal)
      return ended(timeoutMs)
    },
  }
}

export type RunningProcess = Awaited<ReturnType<typeof startProcess>>
