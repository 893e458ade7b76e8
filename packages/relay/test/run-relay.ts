import { runCli } from '../src/cli/run-cli.ts'

/** Runs a command in this process: faster than the real one, which is used where it matters. */
export const runRelay = async (args: readonly string[], env: Record<string, string>) => {
  let output = ''
  let errors = ''
  const code = await runCli(args, {
    env,
    write: (text) => {
      output += text
    },
    writeError: (text) => {
      errors += text
    },
    nowMs: Date.now(),
    signal: new AbortController().signal,
  })
  return { code, output, errors }
}
