import { spawn } from 'node:child_process'
import { once } from 'node:events'

const folder = new URL('..', import.meta.url).pathname

/** Runs a program of the example to its end, with only `env` and the search path. */
export const runProgram = async (command: string, args: readonly string[], env: Record<string, string>) => {
  const child = spawn(command, args, {
    cwd: folder,
    env: {
      PATH: process.env.PATH ?? '',
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
      HOME: process.env.HOME ?? '',
      PYTHONDONTWRITEBYTECODE: '1',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  let errors = ''
  child.stdout.on('data', (chunk) => {
    output += chunk
  })
  child.stderr.on('data', (chunk) => {
    errors += chunk
  })
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, output, errors }
}

export const hasPsql = async (): Promise<boolean> =>
  new Promise((resolve) => {
    const child = spawn('psql', ['--version'], { stdio: 'ignore' })
    child.once('error', () => resolve(false))
    child.once('exit', (code) => resolve(code === 0))
  })
