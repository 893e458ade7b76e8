import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** The folder of the Python package. */
export const pythonFolder = fileURLToPath(new URL('../../../python/', import.meta.url))

export interface PythonRun {
  code: number | null
  output: string
  errors: string
}

/** The environment in which a Python program finds the package's sources. */
export const pythonEnvironment = (env: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv => ({
  ...process.env,
  PYTHONPATH: `${pythonFolder}src`,
  // Compiled files, outside of the package: tests start Python dozens of times.
  PYTHONPYCACHEPREFIX: fileURLToPath(new URL('../../../.cache/python', import.meta.url)),
  ...env,
})

/** Runs Python in the package's folder to its end. */
export const runPython = async (
  python: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<PythonRun> => {
  const child = spawn(python, args, {
    cwd: pythonFolder,
    env: pythonEnvironment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  let errors = ''
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output += text
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    errors += text
  })
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, output, errors }
}
