import { findFreePort } from './find-free-port.ts'
import { type RunningProcess, startProcess } from './start-process.ts'

/** The receiver of a bench: the program `programs/receiver-main.ts`, always on the same port. */
export interface BenchReceiver {
  readonly port: number
  /** The process that runs, or ran last. */
  readonly process: RunningProcess
  /** `kill -9`, and a new one. `env` is how it differs from the usual one, until the round ends. */
  restart(env?: Record<string, string>): Promise<void>
  /** Makes sure that one runs, and that it is the usual one. */
  reset(): Promise<void>
}

export const startReceiver = async (usualEnv: Record<string, string>): Promise<BenchReceiver> => {
  const port = await findFreePort()
  const start = (env: Record<string, string> = {}): Promise<RunningProcess> =>
    startProcess({
      file: new URL('../programs/receiver-main.ts', import.meta.url),
      env: { PORT: String(port), ...usualEnv, ...env },
      isReady: (line) => line === 'ready',
    })
  let process = await start()
  let isUsual = true
  const restart = async (env?: Record<string, string>): Promise<void> => {
    await process.kill()
    isUsual = env === undefined
    process = await start(env)
  }
  return {
    port,
    get process() {
      return process
    },
    restart,
    async reset() {
      const { exitCode, signalCode } = process.child
      if (!isUsual || exitCode !== null || signalCode !== null) await restart()
    },
  }
}
