import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { pythonEnvironment, pythonFolder } from './run-python.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))

/** A process that a round starts, kills and starts again. */
export interface Program {
  /** The lines that it has written so far, including earlier starts. */
  readonly lines: readonly string[]
  /** Ends it with SIGKILL and starts it again. */
  restart(): Promise<void>
  /** Resolves with the exit code when it ends by itself. */
  ended(): Promise<number | null>
  stop(signal: NodeJS.Signals): Promise<void>
}

/** Starts a program; `start` is called again after each kill. */
export const startProgram = (start: () => ChildProcess): Program => {
  const lines: string[] = []
  let child = launch()

  function launch(): ChildProcess {
    const started = start()
    if (started.stdout !== null) {
      createInterface({ input: started.stdout }).on('line', (line) => void lines.push(line))
    }
    return started
  }
  const exitOf = (process: ChildProcess): Promise<number | null> =>
    new Promise((resolve) => {
      if (process.exitCode !== null || process.signalCode !== null) resolve(process.exitCode)
      else process.once('close', resolve)
    })
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    const ended = exitOf(child)
    child.kill(signal)
    await ended
  }
  return {
    lines,
    ended: () => exitOf(child),
    stop,
    async restart() {
      await stop('SIGKILL')
      child = launch()
    },
  }
}

/** A Python program of the package's tests, or `-m altcontext_webhooks`. */
export const startPython = (
  python: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Program =>
  startProgram(() =>
    spawn(python, args, {
      cwd: pythonFolder,
      env: pythonEnvironment(env),
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  )

/** A relay of the repository, from source. */
export const startRelayProcess = (outbox: string, env: Readonly<Record<string, string>>): Program =>
  startProgram(() =>
    spawn(
      process.execPath,
      [
        '--conditions=@altcontext/source',
        '--disable-warning=ExperimentalWarning',
        `${root}packages/relay/src/cli.ts`,
        ...['serve', '--outbox', outbox, '--port', '0'],
      ],
      { env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'ignore'] },
    ),
  )
