#!/usr/bin/env node
import { startCommandLine } from '@altcontext/webhook-contract/command-line'

await startCommandLine('webhook-metrics', async ({ write, writeError }) => {
  const { runCli } = await import('./cli/run-cli.ts')
  return runCli(process.argv.slice(2), {
    environment: process.env,
    out: (text) => write(`${text}\n`),
    note: (text) => writeError(`${text}\n`),
  })
})
