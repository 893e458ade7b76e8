import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { bundledProgram } from '../../packaging/src/bundled-program.ts'
import { pythonEnvironment, pythonFolder } from './run-python.ts'

/** A process that a round starts, kills and starts again. */
export interface Program {
  /** The lines that it has written so far, including earlier starts. */
  readonly lines: readonly string[]
  /** Ends it with SIGKILL and starts it again. @throws when it has ended by itself */
  restart(): Promise<void>
  /** @throws when it has ended by itself */
  stop(signal: NodeJS.Signals): Promise<void>
}

/** Starts a program; `start` is called again after each kill. */
export const startProgram = (start: () => ChildProcess): Program => {
  const lines: string[] = []
  let errors = ''
  let child = launch()
  // A round that fails must not leave programs that emit for ever.
  process.once('exit', () => child.kill('SIGKILL'))

  function launch(): ChildProcess {
    const started = start()
    if (started.stdout !== null) {
      createInterface({ input: started.stdout }).on('line', (line) => void lines.push(line))
    }
    started.stderr?.on('data', (chunk) => {
      errors = `${errors}${chunk}`.slice(-2000)
    })
    return started
  }
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`${child.spawnargs.join(' ')} has ended by itself: ${errors}`)
    const ended = once(child, 'close')
    child.kill(signal)
    await ended
  }
  return {
    lines,
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
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  )

/** A relay of the repository. */
export const startRelayProcess = async (
  outbox: string,
  env: Readonly<Record<string, string>>,
): Promise<Program> => {
  const cli = await bundledProgram(new URL('../../../packages/relay/src/cli.ts', import.meta.url))
  return startProgram(() =>
    spawn(process.execPath, ['--disable-warning=ExperimentalWarning', cli, 'serve', '--port', '0'], {
      env: { ...process.env, ...env, RELAY_OUTBOX: outbox },
      stdio: ['ignore', 'ignore', 'pipe'],
    }),
  )
}
