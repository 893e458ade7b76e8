import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'

/** Runs a program and resolves with its output; rejects with the output when it fails. */
export const runCommand = async (
  command: string,
  args: string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<string> => {
  const program = spawn(command, args, {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...withoutNpmVariables(), ...env },
  })
  const printed = Promise.all([text(program.stdout), text(program.stderr)])
  const problem = await once(program, 'close').then(
    ([status]) => (status === 0 ? undefined : `It ended with ${status}.`),
    (error: unknown) => String(error),
  )
  const [stdout, stderr] = await printed
  if (problem === undefined) return stdout
  const output = [stdout, stderr, problem].filter(Boolean).join('\n').trim()
  throw new Error(`Failed to run ${command} ${args.join(' ')} in ${cwd}:\n${output}`)
}

/** Otherwise npm would apply the calling npm's configuration again, and warn about each name in it. */
const withoutNpmVariables = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_')))
