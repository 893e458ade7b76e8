#!/usr/bin/env node
import { startCommandLine } from '@altcontext/webhook-contract/command-line'

await startCommandLine('webhook-contract-tests', async (output) => {
  const { runCli } = await import('./run-cli.ts')
  return runCli(process.argv.slice(2), output)
})
