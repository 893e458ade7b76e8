import { spawnSync } from 'node:child_process'

/** Runs a program and returns what it printed; throws with all of that when it fails. */
export const runCommand = (
  command: string,
  args: string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): string => {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    env: { ...withoutNpmVariables(), ...env },
  })
  if (status === 0) return stdout
  const output = [stdout, stderr, error].filter(Boolean).join('\n').trim()
  throw new Error(`Failed to run ${command} ${args.join(' ')} in ${cwd}:\n${output}`)
}

/** npm would repeat the calling npm's configuration, and warn about each name in it. */
const withoutNpmVariables = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_')))
