#!/usr/bin/env node
import { startCommandLine } from '@altcontext/webhook-contract/command-line'

/** On standard error, so that the command's output stays clean. Anything but yes is no. */
const confirmAtTerminal = async (question: string): Promise<boolean> => {
  const { createInterface } = await import('node:readline/promises')
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  // Ctrl-D ends the input without an answer.
  const closed = new Promise<string>((resolve) => terminal.once('close', () => resolve('')))
  const answer = await Promise.race([terminal.question(`${question} [y/N] `), closed])
  terminal.close()
  return /^y(es)?$/i.test(answer.trim())
}

// Not awaited: the single-file executable is a CommonJS module, which has no top-level await.
void startCommandLine('webhook-relay', async (output) => {
  const { runCli } = await import('./cli/run-cli.ts')
  const interrupted = new AbortController()
  // Only `tail` listens to it; `serve` has its own way to stop, and the others end by themselves.
  if (process.argv[2] === 'tail') process.once('SIGINT', () => interrupted.abort())
  return runCli(process.argv.slice(2), {
    ...output,
    env: process.env,
    nowMs: Date.now(),
    confirm: process.stdin.isTTY ? confirmAtTerminal : undefined,
    signal: interrupted.signal,
  })
})
