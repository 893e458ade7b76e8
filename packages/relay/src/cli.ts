#!/usr/bin/env node
import { startCommandLine } from '@altcontext/webhook-contract/command-line'

await startCommandLine('webhook-relay', async (output) => {
  const { runCli } = await import('./cli/run-cli.ts')
  const interrupted = new AbortController()
  // Only `tail` listens to it; `serve` has its own way to stop, and the others end by themselves.
  if (process.argv[2] === 'tail') process.once('SIGINT', () => interrupted.abort())
  return runCli(process.argv.slice(2), {
    ...output,
    env: process.env,
    nowMs: Date.now(),
    signal: interrupted.signal,
  })
})
