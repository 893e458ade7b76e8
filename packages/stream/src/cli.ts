#!/usr/bin/env node
import { startCommandLine } from '@altcontext/webhook-contract/command-line'

await startCommandLine('webhook-stream', async (output) => {
  const { runCli } = await import('./cli/run-cli.ts')
  return runCli(process.argv.slice(2), { ...output, env: process.env })
})
