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

/** Where Python keeps compiled files, outside of the package: tests start it more than a hundred times. */
const compiled = {
  PYTHONPYCACHEPREFIX: fileURLToPath(new URL('../../../.cache/python', import.meta.url)),
}

/** The environment in which a Python program finds the package's sources. */
export const pythonEnvironment = (env: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv => ({
  ...process.env,
  PYTHONPATH: `${pythonFolder}src`,
  ...compiled,
  ...env,
})

/** A shell command for the emitter that reads events from its input, on the schedule of the contract tests. */
export const lineEmitterCommand = (python: string, flags = ''): string => {
  const variables = Object.entries({ PYTHONPATH: 'src', ...compiled }).map(
    ([name, value]) => `${name}='${value}'`,
  )
  return `cd '${pythonFolder}' && ${variables.join(' ')} '${python}' -m tests.line_emitter --delays 0.3,0.6,0.9 --timeout 6 ${flags}`
}

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
