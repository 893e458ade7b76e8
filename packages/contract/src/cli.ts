#!/usr/bin/env node
import { startCommandLine } from './command-line/start-command-line.ts'

await startCommandLine('webhook-contract', async (output) => {
  const { runCli } = await import('./run-cli.ts')
  return runCli(process.argv.slice(2), { ...output, nowMs: Date.now() })
})
