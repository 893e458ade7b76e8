import { findFreePort } from './find-free-port.ts'
import { type RunningProcess, startProcess } from './start-process.ts'

/** A receiver: the program `programs/receiver-main.ts`, always on the same port. */
export interface BenchReceiver extends AsyncDisposable {
  readonly port: number
  /** The process that runs, or ran last. */
  readonly process: RunningProcess
  /** `kill -9`, and a new one. */
  restart(): Promise<void>
  /** Makes sure that one runs. */
  reset(): Promise<void>
}

export const startReceiver = async (env: Record<string, string>): Promise<BenchReceiver> => {
  const port = await findFreePort()
  const start = (): Promise<RunningProcess> =>
    startProcess({
      file: new URL('../programs/receiver-main.ts', import.meta.url),
      env: { PORT: String(port), ...env },
      isReady: (line) => line === 'ready',
    })
  let process = await start()
  const restart = async (): Promise<void> => {
    await process.kill()
    process = await start()
  }
  return {
    port,
    get process() {
      return process
    },
    restart,
    async reset() {
      const { exitCode, signalCode } = process.child
      if (exitCode !== null || signalCode !== null) await restart()
    },
    async [Symbol.asyncDispose]() {
      await process.kill()
    },
  }
}
